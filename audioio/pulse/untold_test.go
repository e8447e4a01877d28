//go:build linux

package pulse_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

// PipeWire tells nobody of another default device while programs begin to read its metadata: it is
// found out all the same while a program listens.
func TestDefaultWithoutNews(t *testing.T) {
	s := soundserver.StartKind(t, soundserver.PipeWire)
	if err := s.AddMic("other", 48000, 1); err != nil {
		t.Fatal(err)
	}
	p := dial(t, s)
	publish(t, p, pulse.PublishOptions{})
	call(t, s)
	for _, name := range []string{"other", soundserver.FakeMic} {
		quiet(p, 4*time.Second) // it looks no more because of earlier news
		stop := beginToRead(t, s)
		err := s.SetDefaultSource(name)
		stop()
		if err != nil {
			t.Fatal(err)
		}
		waitEvent(t, p, audioio.EventDefaultChanged, name)
	}
}

// quiet returns once there has been no event for so long.
func quiet(p *pulse.Server, d time.Duration) {
	for {
		select {
		case <-p.Events():
		case <-time.After(d):
			return
		}
	}
}

// beginToRead has a program begin to read the metadata again and again, each time as soon as the
// session manager has answered, until stop is called.
func beginToRead(t *testing.T, s *soundserver.Server) (stop func()) {
	t.Helper()
	id := metadataID(t, s)
	conn, err := net.Dial("unix", filepath.Join(s.RuntimeDir, "pipewire-0"))
	if err != nil {
		t.Fatal(err)
	}
	const core, client, registry = 0, 1, 2 // objects, the last made here
	go func() { _, _ = io.Copy(io.Discard, conn) }()
	send := func(object, method uint32, values ...any) error {
		body := pod(values...)
		head := []uint32{object, method<<24 | uint32(len(body)), 0, 0}
		_, err := conn.Write(append(words(head...), body...))
		return err
	}
	if err := errors.Join(send(core, 1, uint32(3)), send(client, 2, []any{uint32(0)}), send(core, 5, uint32(3), uint32(registry))); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for n := uint32(3); send(registry, 1, id, "PipeWire:Interface:Metadata", uint32(3), n) == nil; n++ {
		}
	}()
	return func() { _ = conn.Close(); <-ended }
}

// metadataID returns the number of the metadata that has the default devices.
func metadataID(t *testing.T, s *soundserver.Server) (id uint32) {
	t.Helper()
	cmd := exec.Command("pw-cli", "ls", "Metadata")
	cmd.Env = s.Env()
	list, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		_, _ = fmt.Sscanf(strings.TrimSpace(line), "id %d,", &id) // others have none
		if strings.Contains(line, `metadata.name = "default"`) {
			return id
		}
	}
	t.Fatalf("no metadata in %s", list)
	return 0
}

// words are numbers as they travel.
func words(list ...uint32) (p []byte) {
	for _, v := range list {
		p = binary.NativeEndian.AppendUint32(p, v)
	}
	return p
}

// pod is a struct of numbers, texts and structs as it travels.
func pod(values ...any) []byte {
	var body []byte
	for _, v := range values {
		var p []byte
		switch v := v.(type) {
		case uint32:
			p = append(words(4, 4, v), 0, 0, 0, 0)
		case string:
			p = append(words(uint32(len(v)+1), 8), append([]byte(v), make([]byte, 8-len(v)%8)...)...)
		case []any:
			p = pod(v...)
		}
		body = append(body, p...)
	}
	return append(words(uint32(len(body)), 14), body...)
}
