//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// detach has a program live on when this one ends.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
