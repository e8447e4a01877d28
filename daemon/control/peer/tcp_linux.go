package peer

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"
)

// established is the state of a connection in the tables of the kernel (TCP_ESTABLISHED). In
// any other its owner may be forgotten, and is 0 then.
const established = "01"

// CheckTCP refuses a TCP connection of another user of this machine, with ErrUnknown where that
// cannot be found out. The kernel lists the
// other end of each with its owner (proc_pid_net(5)).
func CheckTCP(c net.Conn) error {
	us, them := addrPort(c.LocalAddr()), addrPort(c.RemoteAddr())
	const tries = 3 // a table that changes while it is read may lack a line
	for n := range tries {
		uid, err := tcpOwner(them, us)
		switch {
		case err == nil && (uid == os.Getuid() || uid == 0):
			return nil
		case err == nil:
			return fmt.Errorf("this connection belongs to user %d, not to %d", uid, os.Getuid())
		case !errors.Is(err, errNoConnection):
			return err
		case n < tries-1:
			time.Sleep(5 * time.Millisecond)
		}
	}
	return errNoConnection
}

// errNoConnection: it has ended, or it comes from another network namespace.
var errNoConnection = errors.New("the other end of this connection is not on this machine, or has left")

func addrPort(a net.Addr) netip.AddrPort {
	t := a.(*net.TCPAddr).AddrPort()
	return netip.AddrPortFrom(t.Addr().Unmap().WithZone(""), t.Port())
}

// tcpOwner returns the user whose socket has these two ends. A program may reach 127.0.0.1
// through a socket of IPv6, which is in the other table.
func tcpOwner(local, remote netip.AddrPort) (uid int, err error) {
	read := false
	for _, path := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		f, err := os.Open(path)
		if err != nil {
			continue // without IPv6 there is no second
		}
		read = true
		uid, err = ownerIn(f, local, remote)
		_ = f.Close() // it was only read
		if err == nil {
			return uid, nil
		}
	}
	if !read {
		return 0, ErrUnknown
	}
	return 0, errNoConnection
}

// ownerIn finds a connection in a table: local address, remote address, state and, as the
// eighth field, the user.
func ownerIn(table io.Reader, local, remote netip.AddrPort) (uid int, err error) {
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 8 || f[3] != established || hexAddr(f[1]) != local || hexAddr(f[2]) != remote {
			continue
		}
		return strconv.Atoi(f[7])
	}
	return 0, errors.Join(errNoConnection, lines.Err())
}

// hexAddr reads "0100007F:1F90": words of 32 bits in the byte order of the machine, and the port.
func hexAddr(text string) netip.AddrPort {
	address, port, _ := strings.Cut(text, ":")
	n, err := strconv.ParseUint(port, 16, 16)
	raw, herr := hex.DecodeString(address)
	if err != nil || herr != nil {
		return netip.AddrPort{}
	}
	for i := 0; i+4 <= len(raw); i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	a, _ := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(a.Unmap(), uint16(n))
}
