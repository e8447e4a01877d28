// Draw writes the icons as PNG files: those of the program for the desktop's
// icon folder, and those of the tray's states.
//
//	go run ./daemon/tray/icon/draw FOLDER
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/stillmic/stillmic/daemon/tray/icon"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: draw FOLDER")
		os.Exit(2)
	}
	if err := draw(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "draw:", err)
		os.Exit(1)
	}
}

// sizes are those that desktops ask for most.
var sizes = []int{16, 24, 32, 48, 128, 256}

func draw(dir string) error {
	for _, size := range sizes {
		name := filepath.Join("hicolor", fmt.Sprintf("%dx%d", size, size), "apps", "stillmic.png")
		if err := write(filepath.Join(dir, name), icon.Active, size); err != nil {
			return err
		}
	}
	for _, s := range icon.States() {
		if err := write(filepath.Join(dir, "states", string(s)+".png"), s, 48); err != nil {
			return err
		}
	}
	return nil
}

func write(path string, s icon.State, size int) error {
	b, err := icon.PNG(s, size)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o644)
}
