// Package icon draws the icons of the tray, one for each state. They differ in
// shape as well as in colour, and every colour stands out from a light panel
// and from a dark one, since a tray icon is not told on which it is.
package icon

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// State is what an icon shows.
type State string

// The states.
const (
	Active   State = "active"   // the microphone is cleaned
	Bypassed State = "bypassed" // it passes through as it is
	Muted    State = "muted"
	Waiting  State = "waiting" // for a device, a sound server or the daemon
	Error    State = "error"   // a person has to do something
)

// States lists them all.
func States() []State { return []State{Active, Bypassed, Muted, Waiting, Error} }

var white = color.NRGBA{255, 255, 255, 255}

// layer is a shape in a colour.
type layer struct {
	shape
	color.NRGBA
}

// The microphone: capsule, cradle, stem and foot.
var microphone = join(
	line(0, -0.40, 0, -0.05, 0.40),
	cup(0, -0.05, 0.37, 0.12),
	line(0, 0.34, 0, 0.52, 0.12),
	line(-0.20, 0.54, 0.20, 0.54, 0.12),
)

// The slash of a muted microphone, from edge to edge.
var slash = line(-0.60, -0.60, 0.60, 0.60, 0.18)

// layers of each icon, the lowest first.
func layers(s State) []layer {
	whole := disc(0, 0, 0.96)
	switch s {
	case Active:
		return []layer{{whole, color.NRGBA{0x16, 0x86, 0x53, 255}}, {microphone, white}}
	case Bypassed:
		grey := color.NRGBA{0x7d, 0x84, 0x90, 255}
		return []layer{{ring(0, 0, 0.87, 0.16), grey}, {microphone, grey}}
	case Muted:
		red := color.NRGBA{0xd0, 0x2f, 0x3a, 255}
		return []layer{{whole, red}, {cut(microphone, slash, 0.12), white}, {slash, white}}
	case Waiting:
		dots := join(disc(-0.48, 0, 0.18), disc(0, 0, 0.18), disc(0.48, 0, 0.18))
		return []layer{{whole, color.NRGBA{0x2c, 0x78, 0xd4, 255}}, {dots, white}}
	default:
		mark := join(line(0, -0.30, 0, 0.20, 0.22), disc(0, 0.54, 0.13))
		return []layer{{triangle(0, -0.76, 0.80, 0.76, -0.80, 0.76, 0.18), color.NRGBA{0xcf, 0x57, 0x05, 255}}, {mark, white}}
	}
}

// Draw draws an icon of size x size pixels.
func Draw(s State, size int) *image.NRGBA { return draw(layers(s), size) }

func draw(stack []layer, size int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	scale := float64(size) / 2 // pixels per unit
	for py := range size {
		for px := range size {
			x, y := (float64(px)+0.5)/scale-1, (float64(py)+0.5)/scale-1
			var c color.NRGBA
			for _, l := range stack {
				// The edge of a shape is one pixel wide.
				c = over(c, l.NRGBA, min(max(0.5-l.shape(x, y)*scale, 0), 1))
			}
			img.SetNRGBA(px, py, c)
		}
	}
	return img
}

// over puts a colour, with a coverage of 0 to 1, over another.
func over(under, c color.NRGBA, cover float64) color.NRGBA {
	if cover == 0 {
		return under
	}
	below := float64(under.A) / 255 * (1 - cover)
	alpha := cover + below
	mix := func(a, b uint8) uint8 { return uint8((float64(b)*cover+float64(a)*below)/alpha + 0.5) }
	return color.NRGBA{mix(under.R, c.R), mix(under.G, c.G), mix(under.B, c.B), uint8(alpha*255 + 0.5)}
}

// PNG returns an icon as a PNG file.
func PNG(s State, size int) ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, Draw(s, size)); err != nil {
		return nil, fmt.Errorf("draw the %s icon: %w", s, err)
	}
	return b.Bytes(), nil
}

// ICO returns an icon as the file that Windows wants: a PNG behind a header.
func ICO(s State, size int) ([]byte, error) {
	body, err := PNG(s, size)
	if err != nil {
		return nil, err
	}
	const header = 6 + 16 // ICONDIR and one ICONDIRENTRY
	b := []byte{0, 0, 1, 0, 1, 0, byte(size), byte(size), 0, 0, 1, 0, 32, 0}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(body)))
	b = binary.LittleEndian.AppendUint32(b, header)
	return append(b, body...), nil
}
