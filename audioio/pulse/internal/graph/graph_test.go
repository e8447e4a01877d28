//go:build linux

package graph

import (
	"errors"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio/soundserver"
)

// dial connects to the PipeWire of a test.
func dial(t *testing.T, s *soundserver.Server) (*Graph, chan struct{}) {
	t.Helper()
	var info proto.GetServerInfoReply
	if err := s.Request(&proto.GetServerInfo{}, &info); err != nil {
		t.Fatal(err)
	}
	news := make(chan struct{}, 1)
	g, err := Dial(t.Context(), socket(s), info.Cookie, func() {
		select {
		case news <- struct{}{}:
		default:
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g, news
}

func socket(s *soundserver.Server) string { return filepath.Join(s.RuntimeDir, "pipewire-0") }

// tool starts a program of PipeWire, until the test ends.
func tool(t *testing.T, s *soundserver.Server, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = s.Env()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
}

// await waits until it is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for begin := time.Now(); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("not %s", what)
		}
	}
}

// Who links ports himself is found, a program that takes audio in and offers a microphone is
// followed, and so is an output's monitor; a program that plays is not.
func TestGraph(t *testing.T) {
	s := soundserver.StartKind(t, soundserver.PipeWire)
	g, news := dial(t, s)
	const mic = soundserver.FakeMic
	if got := g.To(mic); len(got) != 0 {
		t.Errorf("linked to %+v", got)
	}
	tool(t, s, "pw-loopback", "--capture-props", "target.object="+mic+" node.name=filter.in",
		"--playback-props", "media.class=Audio/Source node.name=filter")
	await(t, "linked to the filter", func() bool {
		return slices.ContainsFunc(g.To(mic), func(n Node) bool { return n.Name == "filter.in" && n.Client != "" })
	})
	select {
	case <-news:
	default:
		t.Error("no news of a link")
	}
	await(t, "fed", func() bool { return maps.Equal(g.Fed(mic), map[string]string{"filter": "pw-loopback"}) })
	const filterPort = "filter:capture_FL"
	link := func(args ...string) {
		t.Helper()
		cmd := exec.Command("pw-link", args...)
		cmd.Env = s.Env()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("pw-link %v: %v: %s", args, err, out)
		}
	}
	link(filterPort, soundserver.Speakers+":playback_FL")
	await(t, "fed by way of an output", func() bool {
		_, there := g.Fed(mic)[soundserver.Speakers+".monitor"]
		return there
	})
	link("-d", filterPort, soundserver.Speakers+":playback_FL")
	await(t, "as before", func() bool { return len(g.Fed(mic)) == 1 })
}

// A stream's target shows once somebody has moved it, and is gone when the stream is.
func TestTarget(t *testing.T) {
	s := soundserver.StartKind(t, soundserver.PipeWire)
	g, _ := dial(t, s)
	if err := s.AddMic("other", 48000, 1); err != nil {
		t.Fatal(err)
	}
	rec := exec.Command("parec", "-d", soundserver.FakeMic, "--raw")
	rec.Env = s.Env()
	if err := rec.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rec.Process.Kill(); _ = rec.Wait() }()
	index := ""
	await(t, "recording", func() bool {
		for _, n := range g.To(soundserver.FakeMic) {
			index = n.Index
		}
		return index != ""
	})
	if got := g.Target(index); got != "" {
		t.Errorf("the target is %q before anybody has moved it", got)
	}
	if err := s.SetDefaultSource("other"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond)
	if got := g.Target(index); got != "" {
		t.Errorf("the target is %q when another is the default", got)
	}
	for _, to := range []string{soundserver.FakeMic, "other"} {
		moved := func() bool { // other is the default at last
			if !g.ReadMetadata() {
				t.Fatal("the metadata is not known")
			}
			target := g.Target(index)
			return target != "" && (target == FollowsDefault) == (to == "other")
		}
		// PipeWire does not read what a program has asked for that ends at once, if it is late.
		for begin := time.Now(); !moved(); {
			cmd := exec.Command("pactl", "move-source-output", index, to)
			cmd.Env = s.Env()
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("move: %v: %s", err, out)
			}
			for told := time.Now(); !moved() && time.Since(told) < time.Second; {
				time.Sleep(20 * time.Millisecond)
			}
			if time.Since(begin) > 20*time.Second {
				t.Fatalf("the target is %q after a move to %s", g.Target(index), to)
			}
		}
	}
}

// The default devices are read, a monitor among them, whatever PipeWire has not told of.
func TestDefaults(t *testing.T) {
	s := soundserver.StartKind(t, soundserver.PipeWire)
	g, _ := dial(t, s)
	if err := s.AddMic("other", 48000, 1); err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{"other", soundserver.Speakers + ".monitor", soundserver.FakeMic} {
		if err := s.SetDefaultSource(source); err != nil {
			t.Fatal(err)
		}
		want := Defaults{Source: source, Sink: soundserver.Speakers}
		await(t, "known: "+source, func() bool {
			if !g.ReadMetadata() {
				t.Fatal("the metadata is not known")
			}
			d, ok := g.Defaults()
			return ok && d == want
		})
	}
}

// Only the PipeWire that is meant is taken, and one that dies leaves nothing.
func TestConnection(t *testing.T) {
	s := soundserver.StartKind(t, soundserver.PipeWire)
	if _, err := Dial(t.Context(), socket(s), 1, func() {}); !errors.Is(err, ErrOther) {
		t.Errorf("another one: %v", err)
	}
	if _, err := Dial(t.Context(), filepath.Join(s.RuntimeDir, "none"), 1, func() {}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
	g, _ := dial(t, s)
	nodes := func() int {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.nodes)
	}
	await(t, "nodes", func() bool { return nodes() > 0 })
	s.Kill()
	await(t, "empty", func() bool { return nodes() == 0 })
}

// What is no message is no crash.
func FuzzMessage(f *testing.F) {
	global := structOf(int32(7), int32(1), nodeType, int32(3), structOf(int32(1), "node.name", "x"))
	f.Add(uint32(registryID), uint32(eventGlobal), global)
	f.Add(uint32(coreID), uint32(eventInfo), global[:len(global)-3])
	f.Fuzz(func(_ *testing.T, object, event uint32, body []byte) {
		g := newGraph(nowhere{}, func() {})
		for range 2 {
			whole := fields(body)
			g.message(object%5, event%5, whole.inner())
		}
		g.Fed("x")
		g.To("x")
	})
}

// Values are read as they were written.
func TestPods(t *testing.T) {
	whole := fields(structOf(int32(-2), "seven", structOf(int32(1), "key", strings.Repeat("v", 9)), int32(3)))
	in := whole.inner()
	if n := int32(in.number()); n != -2 {
		t.Error(n)
	}
	if s := in.text(); s != "seven" {
		t.Error(s)
	}
	if d := in.dict(); !maps.Equal(d, map[string]string{"key": "vvvvvvvvv"}) {
		t.Error(d)
	}
	if n := in.number(); n != 3 {
		t.Error(n)
	}
	if in.number() != 0 || in.text() != "" || in.inner() != nil {
		t.Error("something is there after the end")
	}
}

// nowhere is a connection that takes everything.
type nowhere struct{ net.Conn }

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
