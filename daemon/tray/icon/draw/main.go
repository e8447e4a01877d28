// Draw writes the icons: the program's for the desktop's icon folder, as SVG and PNG
// files, and those of the tray's states.
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
		b, err := icon.LogoPNG(size)
		if err != nil {
			return err
		}
		if err := write(filepath.Join(dir, name), b); err != nil {
			return err
		}
	}
	if err := write(filepath.Join(dir, "hicolor", "scalable", "apps", "stillmic.svg"), []byte(icon.LogoSVG())); err != nil {
		return err
	}
	for _, s := range icon.States() {
		b, err := icon.PNG(s, 48)
		if err != nil {
			return err
		}
		if err := write(filepath.Join(dir, "states", string(s)+".png"), b); err != nil {
			return err
		}
	}
	return nil
}

func write(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o644)
}
