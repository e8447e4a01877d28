package wire

import (
	"bytes"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
)

// pumped returns a pump and the other end of its connection.
func pumped(t *testing.T, audio func([]byte)) (p *Pump, server net.Conn, ended chan error) {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	ended = make(chan error, 1)
	p = newPump(quick(client), &demux{audio: func(_ uint32, b []byte) { audio(b) }, end: func(err error) { ended <- err }})
	t.Cleanup(func() { p.sock.Close(); server.Close() })
	return p, server, ended
}

func send(t *testing.T, c net.Conn, b []byte) {
	t.Helper()
	if _, err := c.Write(b); err != nil {
		t.Fatal(err)
	}
}

// Packets and letters come whole when the pump changes hands in the middle of
// one, and what the library writes arrives before and after.
func TestPumpChangesHands(t *testing.T) {
	t.Run("polled", func(t *testing.T) { pumpChangesHands(t, false) })
	t.Run("a thread of its own", func(t *testing.T) { pumpChangesHands(t, true) })
}

func pumpChangesHands(t *testing.T, ownThread bool) {
	heard := make(chan byte, 100)
	p, server, _ := pumped(t, func(b []byte) { heard <- b[0] })
	one, two := packet(3, bytes.Repeat([]byte{1}, 1920)), packet(3, bytes.Repeat([]byte{2}, 1920))
	letter := packet(controlChannel, append(command(2), bytes.Repeat([]byte{9}, 3000)...))
	send(t, server, one)
	if b := <-heard; b != 1 {
		t.Fatalf("heard %d", b)
	}
	send(t, server, two[:700]) // the rest follows when somebody wants to take over
	time.AfterFunc(50*time.Millisecond, func() { server.Write(two[700:]) })
	p.Adopt(ownThread)
	for len(heard) == 0 { // unless it came before the change
		if err := p.Step(); err != nil {
			t.Fatal(err)
		}
	}
	if b := <-heard; b != 2 {
		t.Fatalf("heard %d after the change", b)
	}
	send(t, server, append(append([]byte{}, letter...), one...))
	for len(heard) == 0 {
		if err := p.Step(); err != nil {
			t.Fatal(err)
		}
	}
	got := make([]byte, len(letter))
	for n := 0; n < len(got); {
		k, err := p.Read(got[n:])
		if err != nil {
			t.Fatal(err)
		}
		n += k
	}
	if !bytes.Equal(got, letter) {
		t.Error("the library got another letter than was sent")
	}
	if _, err := p.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	var five [5]byte
	if n, err := server.Read(five[:]); err != nil || string(five[:n]) != "hello" {
		t.Errorf("%q, %v", five, err)
	}
}

// Whoever waits for audio is woken when the connection ends, from either side,
// and the descriptor is given back.
func TestPumpEnds(t *testing.T) {
	here := func(p *Pump, _ net.Conn) { p.sock.Close() }
	there := func(_ *Pump, server net.Conn) { server.Close() }
	for _, c := range []struct {
		name      string
		ownThread bool
		end       func(p *Pump, server net.Conn)
	}{
		{"closed here", false, here},
		{"closed over there", false, there},
		{"closed here, a thread of its own", true, here},
		{"closed over there, a thread of its own", true, there},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := descriptors(t)
			p, server, ended := pumped(t, func([]byte) {})
			p.Adopt(c.ownThread)
			time.AfterFunc(20*time.Millisecond, func() { c.end(p, server) })
			begin := time.Now()
			if err := p.Step(); err == nil {
				t.Error("no error")
			}
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("woken after %v", took)
			}
			if err := <-ended; err == nil {
				t.Error("ended without a reason")
			}
			if _, err := p.Read(make([]byte, 10)); err == nil {
				t.Error("the library is not told")
			}
			p.sock.Close()
			server.Close()
			// Whoever closes gives the descriptor back after it has woken the reader.
			for begin := time.Now(); descriptors(t) > before; time.Sleep(time.Millisecond) {
				if time.Since(begin) > 10*time.Second {
					t.Fatalf("%d descriptors, %d before", descriptors(t), before)
				}
			}
		})
	}
}

// Closing while it is taken over leaves nothing open.
func TestPumpClosedWhileTakenOver(t *testing.T) {
	for i := range 100 {
		p, _, _ := pumped(t, func([]byte) {})
		go p.sock.Close()
		p.Adopt(i%2 == 0)
		if err := p.Step(); err == nil {
			t.Fatal("a closed connection delivers")
		}
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc/self/fd here")
	}
	return len(list)
}

// A connection that has ended leaves no goroutine of the library's behind, even
// if nobody pumps it any more.
func TestPumpEndsItsReader(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	p := newPump(here, &demux{w: here})
	c := &Conn{conn: here, Pump: p, Done: make(chan struct{})}
	ended := make(chan error, 1)
	go func() {
		_, err := p.Read(make([]byte, 1))
		ended <- err
	}()
	p.Adopt(false) // and nobody calls step
	c.Fail(audioio.ErrDeviceGone)
	select {
	case err := <-ended:
		if !errors.Is(err, audioio.ErrDeviceGone) {
			t.Errorf("the reader got %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the reader waits for ever")
	}
}

// Reading from a connection as the engine does allocates nothing, and neither
// does writing.
func TestQuickConnDoesNotAllocate(t *testing.T) {
	p, server, _ := pumped(t, func([]byte) {})
	p.Adopt(false)
	exchangeDoesNotAllocate(t, p, server, packet(3, make([]byte, 1920)), p.Step)
}

// exchangeDoesNotAllocate has the server send a packet, take deal with it, and the pump
// write a block's worth, again and again.
func exchangeDoesNotAllocate(t *testing.T, p *Pump, server net.Conn, sent []byte, take func() error) {
	t.Helper()
	written, heard := make([]byte, 1940), make([]byte, 4096)
	allocs := testing.AllocsPerRun(100, func() {
		send(t, server, sent)
		if err := take(); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Write(written); err != nil {
			t.Fatal(err)
		}
		if _, err := server.Read(heard); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}
