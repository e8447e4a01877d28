//go:build !linux

package control

import "net"

// checkPeer relies on the permissions of the socket and its folder.
func checkPeer(net.Conn) error { return nil }
