package main

import (
	"os/exec"
	"syscall"
)

// detach has a program live on when this one ends, and without a window.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
