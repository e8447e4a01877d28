//go:build linux

package tray

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/stillmic/stillmic/daemon/tray/icon"
)

// trayPicture makes the picture of the README where STILLMIC_TRAY_PICTURE says: the menu on a
// screen that is black elsewhere, and what the icons mean.
func trayPicture(t *testing.T, screen *image.NRGBA) {
	path := os.Getenv("STILLMIC_TRAY_PICTURE")
	if path == "" {
		return
	}
	const row, side, margin = 56, 48, 24
	menu := drawn(screen)
	height := max(menu.Dy(), len(icon.States())*row)
	picture := image.NewNRGBA(image.Rect(0, 0, menu.Dx()+margin+side+220, height))
	draw.Draw(picture, picture.Rect, image.White, image.Point{}, draw.Src)
	for y := range menu.Dy() {
		for x := range menu.Dx() {
			if c := screen.NRGBAAt(menu.Min.X+x, menu.Min.Y+y); lit(c) { // what is black is the bare screen
				picture.SetNRGBA(x, y, c)
			}
		}
	}
	text := letters(t)
	for i, state := range []struct {
		icon.State
		meaning string
	}{
		{icon.Active, "removing noise"}, {icon.Bypassed, "noise removal is off"}, {icon.Muted, "muted"},
		{icon.Waiting, "waiting"}, {icon.Error, "there is a problem"},
	} {
		left, top := menu.Dx()+margin, i*row+(row-side)/2
		draw.Draw(picture, image.Rect(left, top, left+side, top+side), icon.Draw(state.State, side), image.Point{}, draw.Over)
		d := font.Drawer{Dst: picture, Src: image.NewUniform(color.Gray{0x30}), Face: text, Dot: fixed.P(left+side+12, top+side/2+6)}
		d.DrawString(state.meaning)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, picture); err != nil {
		t.Fatal(err)
	}
}

// drawn is the smallest rectangle below the panel with all that is not black.
func drawn(screen *image.NRGBA) (all image.Rectangle) {
	for y := panelHeight + 1; y < screen.Rect.Max.Y; y++ {
		for x := range screen.Rect.Max.X {
			if lit(screen.NRGBAAt(x, y)) {
				all = all.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return all
}

func lit(c color.NRGBA) bool { return max(c.R, c.G, c.B) > 8 }

// letters is a font for the picture.
func letters(t *testing.T) font.Face {
	t.Helper()
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: 18, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		t.Fatal(err)
	}
	return face
}
