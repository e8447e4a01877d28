//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/procfs"

	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/daemon/control"
)

// program is the daemon under test.
type program struct {
	exe    string
	server *soundserver.Server
	log    *os.File

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{}
}

// start starts the daemon.
func (p *program) start() error {
	cmd := exec.Command(p.exe, "run", "--wait", "--strength", "off")
	cmd.Env = p.server.Env()
	cmd.Stderr = p.log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the daemon: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ends is seen by who ends it
		close(ended)
	}()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd, p.ended = cmd, ended
	return nil
}

// signal sends the daemon a signal.
func (p *program) signal(sig syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.Process.Signal(sig)
}

// pid returns the process id.
func (p *program) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.Process.Pid
}

// end sends a signal and waits for the end.
func (p *program) end(sig syscall.Signal) error {
	if err := p.signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end the daemon: %w", err)
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(20 * time.Second):
		return errors.Join(errors.New("the daemon lives on after 20 s"), p.signal(syscall.SIGKILL))
	}
}

// died says that the daemon has ended although nobody told it to.
func (p *program) died() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// folder is where the daemon keeps its socket.
func (p *program) folder() string { return filepath.Join(p.server.RuntimeDir, "stillmic") }

// client talks to the daemon.
func (p *program) client() *control.Client { return control.NewClient(p.folder()) }

// usage is what a minute looks at.
type usage struct {
	rssKB, ownKB int     // resident, and of that not backed by a file
	liveMB       float64 // of the heap, after the last collection
	keptMB       float64 // own, with the heap as it is after a collection
	goroutines   int
	fds          int
}

// usage reads them: memory and files from /proc, the heap and the goroutines from the
// daemon's own metrics.
func (p *program) usage() (u usage, err error) {
	proc, err := procfs.NewProc(p.pid())
	if err != nil {
		return u, err
	}
	status, err := proc.NewStatus()
	if err != nil {
		return u, err
	}
	u.rssKB, u.ownKB = int(status.VmRSS>>10), int(status.RssAnon>>10)
	if u.fds, err = proc.FileDescriptorsLen(); err != nil {
		return u, err
	}
	text, err := p.get("/metrics")
	if err != nil {
		return u, err
	}
	u.goroutines = int(sample(text, "go_goroutines"))
	// The next collection is due at twice what lived after the last one.
	u.liveMB = sample(text, "go_memstats_next_gc_bytes") / 2 / (1 << 20)
	// Between collections the heap comes to twice that, and what is free of it is given back in
	// minutes: several MB that come and go.
	heap := (sample(text, "go_memstats_heap_sys_bytes") - sample(text, "go_memstats_heap_released_bytes")) / (1 << 20)
	u.keptMB = float64(u.ownKB)/1024 - heap + u.liveMB
	return u, nil
}

// sample returns one number of Prometheus' text format.
func sample(text []byte, name string) float64 {
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte(name+" ")); ok {
			v, _ := strconv.ParseFloat(strings.TrimSpace(string(rest)), 64)
			return v
		}
	}
	return 0
}

// raw is a client without any help: for requests that ought to be refused.
func (p *program) raw() *http.Client {
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", control.SocketPath(p.folder()))
		}}}
}

// get asks for a page.
func (p *program) get(path string) ([]byte, error) {
	resp, err := p.raw().Get("http://stillmic" + path)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	return io.ReadAll(resp.Body)
}
