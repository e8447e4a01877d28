//go:build !windows

package main

import (
	"io"
	"os"
)

// output returns where the program writes; Windows may have none.
func output() (stdout, stderr io.Writer) { return os.Stdout, os.Stderr }
