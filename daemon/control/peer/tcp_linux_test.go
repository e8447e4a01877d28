package peer

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"
)

// A program may reach 127.0.0.1 through a socket of IPv6.
func TestTCPPeerThroughIPv6(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for _, address := range []string{ln.Addr().String(), "[::ffff:127.0.0.1]:" + fmt.Sprint(ln.Addr().(*net.TCPAddr).Port)} {
		fd := dialRaw(t, netip.MustParseAddrPort(address))
		c, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckTCP(c); err != nil {
			t.Errorf("%s: %v", address, err)
		}
		_ = syscall.Close(fd)
		time.Sleep(50 * time.Millisecond)
		// The kernel lists a socket that its program has closed as root's.
		if err := CheckTCP(c); !errors.Is(err, errNoConnection) {
			t.Errorf("%s, closed: %v", address, err)
		}
		_ = c.Close()
	}
}

// dialRaw connects with a socket of the address's own family.
func dialRaw(t *testing.T, to netip.AddrPort) (fd int) {
	t.Helper()
	family, address := syscall.AF_INET, syscall.Sockaddr(&syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().Unmap().As4()})
	if to.Addr().Is4In6() {
		family, address = syscall.AF_INET6, &syscall.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16()}
	}
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM, 0)
	if errors.Is(err, syscall.EAFNOSUPPORT) {
		t.Skip("SKIPPED: no IPv6 here")
	}
	if err == nil {
		err = syscall.Connect(fd, address)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fd
}
