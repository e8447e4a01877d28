package peer

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// CheckUnix refuses a process of another user, should the permissions of the
// socket ever let one in. The superuser is let in: nothing can be kept from it.
func CheckUnix(c net.Conn) error {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return fmt.Errorf("%T is no unix socket", c)
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return fmt.Errorf("who is calling: %w", err)
	}
	var cred *unix.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil {
		return fmt.Errorf("who is calling: %w", err)
	}
	if credErr != nil {
		return fmt.Errorf("who is calling: %w", credErr)
	}
	if uid := int(cred.Uid); uid != os.Getuid() && uid != 0 {
		return fmt.Errorf("process %d belongs to user %d, not to %d", cred.Pid, uid, os.Getuid())
	}
	return nil
}
