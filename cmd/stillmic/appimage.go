package main

import (
	"os"

	"golang.org/x/term"
)

// Where an AppImage of type 2 has its mark, in what the ELF identification leaves free:
// https://github.com/AppImage/AppImageSpec/blob/master/draft.md.
const (
	imageMark   = "AI\x02"
	imageMarkAt = 8
)

// isImage reports whether a program is an AppImage.
func isImage(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	b := make([]byte, len(imageMark))
	n, _ := f.ReadAt(b, imageMarkAt) // a shorter file is none
	return string(b[:n]) == imageMark
}

// clicked reports whether this is an AppImage that was started by a click rather than in a terminal.
func clicked() bool {
	exe, err := os.Executable()
	return err == nil && isImage(exe) && !term.IsTerminal(int(os.Stdin.Fd())) && !term.IsTerminal(int(os.Stdout.Fd()))
}
