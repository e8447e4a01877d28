package icon

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"
	"strings"
)

// The logo: a sound that swells and fades, white on teal. It is the program's icon in menus and on
// the page; the tray's icons show states.
var (
	logoGround = color.NRGBA{0x0f, 0x76, 0x6e, 255}
	logoBars   = []struct{ x, half float64 }{ // in a plane from -1 to 1
		{-0.594, 0}, {-0.3125, 0.21875}, {0, 0.53125}, {0.3125, 0.21875}, {0.594, 0},
	}
)

const (
	logoRound = 0.5    // of the corners
	logoPen   = 0.1625 // width of a bar
)

// logoLayers draws it with the shapes of the tray's icons.
func logoLayers() []layer {
	var bars []shape
	for _, b := range logoBars {
		half := max(b.half, 1e-6) // a dot
		bars = append(bars, line(b.x, -half, b.x, half, logoPen))
	}
	return []layer{{square(logoRound), logoGround}, {join(bars...), white}}
}

// LogoPNG returns the logo as a PNG file of size x size pixels.
func LogoPNG(size int) ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, draw(logoLayers(), size)); err != nil {
		return nil, fmt.Errorf("draw the logo: %w", err)
	}
	return b.Bytes(), nil
}

// LogoSVG returns the logo as an SVG file.
func LogoSVG() string {
	const scale = 16 // pixels per unit
	at := func(v float64) string { return fmt.Sprintf("%g", float64(int(scale*(1+v)*100+0.5))/100) }
	var path strings.Builder
	for _, b := range logoBars {
		fmt.Fprintf(&path, "M%s %sV%s", at(b.x), at(-b.half), at(max(b.half, 0.001)))
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">`+
		`<rect width="32" height="32" rx="%g" fill="#%02x%02x%02x"/>`+
		`<path d="%s" stroke="#fff" stroke-width="%g" stroke-linecap="round" fill="none"/></svg>`+"\n",
		scale*logoRound, logoGround.R, logoGround.G, logoGround.B, path.String(), scale*logoPen)
}
