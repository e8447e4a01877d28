package wire

import (
	"bytes"
	"net"
	"testing"
)

// polledPump returns a pump that nobody waits on, which counts what the server asks for.
func polledPump(t *testing.T) (p *Pump, server net.Conn, asked *int, ended chan error) {
	t.Helper()
	p, server, ended = pumped(t, func([]byte) {})
	asked = new(int)
	p.demux.request = func(_, n uint32) { *asked += int(n) }
	p.StartPolling()
	if p.sock.mode != polled {
		t.Skip("connections cannot be read without waiting here")
	}
	return p, server, asked, ended
}

// Poll takes whole packets, leaves the beginning of the next one for later, and waits
// for nothing.
func TestPollTakesWholePackets(t *testing.T) {
	p, server, asked, _ := polledPump(t)
	request := packet(controlChannel, command(opRequest, 1, 1024))
	letter := packet(controlChannel, append(command(2), bytes.Repeat([]byte{9}, 3000)...))
	for _, step := range []struct {
		send []byte
		want int
	}{
		{nil, 0},
		{request, 1024},
		{request[:7], 1024},
		{request[7:30], 1024},
		{bytes.Join([][]byte{request[30:], request, letter[:100]}, nil), 3 * 1024},
		{append(letter[100:], request...), 4 * 1024},
	} {
		if len(step.send) > 0 {
			send(t, server, step.send)
		}
		if err := p.Poll(); err != nil {
			t.Fatal(err)
		}
		if *asked != step.want {
			t.Fatalf("asked for %d bytes, want %d", *asked, step.want)
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
}

// That the server ran dry is known before the next block, without the library, and what
// follows in the stream is read right.
func TestPollTellsOfAnUnderflow(t *testing.T) {
	p, server, asked, _ := polledPump(t)
	dry := 0
	p.demux.dry = func() { dry++ }
	where := append([]byte{'r'}, make([]byte, 8)...)
	for _, underflow := range [][]byte{command(opUnderflow, 1), append(command(opUnderflow, 1), where...)} {
		send(t, server, append(packet(controlChannel, underflow), packet(controlChannel, command(opRequest, 1, 1024))...))
	}
	if err := p.Poll(); err != nil {
		t.Fatal(err)
	}
	if dry != 2 || *asked != 2048 {
		t.Errorf("ran dry %d times, asked for %d bytes, want 2 and 2048", dry, *asked)
	}
}

// The end of the connection, and a packet longer than any that a player is sent, end it
// for the library and its owner, too.
func TestPollEnds(t *testing.T) {
	for name, end := range map[string]func(p *Pump, server net.Conn){
		"closed here":       func(p *Pump, _ net.Conn) { p.sock.Close() },
		"closed over there": func(_ *Pump, server net.Conn) { server.Close() },
		"packet of 1 Mbyte": func(_ *Pump, server net.Conn) {
			send(t, server, packet(controlChannel, make([]byte, 1<<20))[:2000])
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, server, _, ended := polledPump(t)
			end(p, server)
			if err := p.Poll(); err == nil {
				t.Error("no error")
			}
			if err := <-ended; err == nil {
				t.Error("ended without a reason")
			}
			if _, err := p.Read(make([]byte, 10)); err == nil {
				t.Error("the library is not told")
			}
		})
	}
}

func TestPollDoesNotAllocate(t *testing.T) {
	p, server, asked, _ := polledPump(t)
	exchangeDoesNotAllocate(t, p, server, packet(controlChannel, command(opRequest, 1, 1024)), p.Poll)
	if *asked == 0 {
		t.Error("nothing was taken")
	}
}
