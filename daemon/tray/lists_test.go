//go:build unix

package tray

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stillmic/stillmic/daemon/control"
)

// TestNewestList: microphones change while they are being listed, and the first answer comes late. The icon has those
// of the last.
func TestNewestList(t *testing.T) {
	dir, err := os.MkdirTemp("", "stillmic") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	ln, err := net.Listen("unix", control.SocketPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	listed := make(chan struct{}, 1) // the first list is asked for
	answers := http.NewServeMux()
	answers.HandleFunc("GET /v1/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for n := 1; ; n++ {
			fmt.Fprintf(w, "event: status\ndata: {\"devices_changed\": %d}\n\n", min(n, 2))
			if http.NewResponseController(w).Flush() != nil {
				return
			}
			if n == 1 {
				<-listed
			}
			select {
			case <-r.Context().Done():
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	answers.HandleFunc("GET /v1/devices", func(w http.ResponseWriter, _ *http.Request) {
		n := asked.Add(1)
		if n == 1 {
			listed <- struct{}{}
			time.Sleep(time.Second)
		}
		fmt.Fprintf(w, `[{"name": "list %d"}]`, n)
	})
	server := &http.Server{Handler: answers, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(func() { _ = server.Close() })

	ctl := &controller{m: newModel(english(), began), menu: &told{}, in: make(chan func(*model)), o: Options{
		Daemon: control.NewClient(dir), Greet: func() bool { return false }, Log: func(string, ...any) {},
	}}
	ctx, cancel := context.WithCancel(t.Context())
	defer ctl.jobs.Wait()
	defer cancel()
	ctl.jobs.Go(func() { ctl.follow(ctx) })
	end, settled := time.After(time.Minute), time.Time{}
	for settled.IsZero() || time.Since(settled) < 2*time.Second {
		select {
		case news := <-ctl.in:
			news(ctl.m)
		case <-time.After(50 * time.Millisecond):
		case <-end:
			t.Fatalf("after a minute it has %v, asked %d times", ctl.m.devices, asked.Load())
		}
		if asked.Load() == 2 && settled.IsZero() {
			settled = time.Now()
		}
	}
	if d := ctl.m.devices; len(d) != 1 || d[0].Name != "list 2" {
		t.Errorf("it has %v", d)
	}
}
