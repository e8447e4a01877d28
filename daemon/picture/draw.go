package picture

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// The layout, in pixels. A character of the font is 7 wide and 13 high.
const (
	plotWidth  = 1000
	plotHeight = 240
	left       = 64 // the frequency axis with its labels
	right      = 96 // the legend
	top        = 28 // a title
	gap        = 34 // between plots, with the time axis of the upper one
	bottom     = 40
	tickLength = 4
)

// The range of levels shown, in dB re a sine of full scale.
const (
	lowest  = -110.0
	highest = -20.0
)

// The colours of the picture: paper, ink, and a shade for every dB. So few keep
// the file small.
const (
	ink    = 1
	shades = 2 // the first of them
)

var palette = func() color.Palette {
	p := color.Palette{color.White, color.Gray{0x20}}
	for dB := lowest; dB <= highest; dB++ {
		p = append(p, blend((dB-lowest)/(highest-lowest)))
	}
	return p
}()

func (p *Picture) draw() image.Image {
	n := max(len(p.tracks), 1)
	size := image.Rect(0, 0, left+plotWidth+right, top+n*plotHeight+(n-1)*(gap+top)+bottom)
	img := image.NewPaletted(size, palette) // all paper at first: colour 0
	length := 0.0
	for _, t := range p.tracks {
		length = math.Max(length, t.seconds())
	}
	for i, t := range p.tracks {
		plot := image.Rect(left, 0, left+plotWidth, plotHeight).Add(image.Pt(0, top+i*(plotHeight+gap+top)))
		text(img, plot.Min.X, plot.Min.Y-8, t.title)
		t.paint(img, plot, length)
		frame(img, plot)
		frequencyAxis(img, plot, p.rate)
		timeAxis(img, plot, length)
	}
	legend(img)
	return img
}

// paint draws the levels: every pixel shows its column of time, and the
// loudest of the bins that fall on it, so that no line of a tone is lost.
func (t *Track) paint(img *image.Paletted, plot image.Rectangle, length float64) {
	if length <= 0 || len(t.columns) == 0 {
		draw.Draw(img, plot, image.NewUniform(palette[shade(lowest)]), image.Point{}, draw.Src)
		return
	}
	perColumn := float64(t.per*hop) / float64(t.rate)
	for x := range plotWidth {
		column := int((float64(x) + 0.5) / plotWidth * length / perColumn)
		for y := range plotHeight {
			level := lowest
			if column < len(t.columns) {
				level = loudest(&t.columns[column], y)
			}
			img.SetColorIndex(plot.Min.X+x, plot.Max.Y-1-y, shade(level))
		}
	}
}

// loudest returns the level at a height above the axis, in dB.
func loudest(c *[bins]float32, y int) float64 {
	from, to := y*(bins-1)/plotHeight, (y+1)*(bins-1)/plotHeight
	most := float32(0)
	for k := from; k < max(to, from+1); k++ {
		most = max(most, c[k])
	}
	return 10 * math.Log10(math.Max(float64(most), 1e-12))
}

// stops are colours from quiet to loud that differ in lightness as well, so
// that they can be told apart in grey and by those who confuse red and green.
var stops = []color.RGBA{
	{0x00, 0x00, 0x06, 0xff}, {0x2a, 0x0b, 0x58, 0xff}, {0x78, 0x1c, 0x6d, 0xff},
	{0xbb, 0x37, 0x54, 0xff}, {0xed, 0x69, 0x25, 0xff}, {0xfc, 0xb5, 0x19, 0xff}, {0xfc, 0xff, 0xa4, 0xff},
}

// shade returns the index of the colour of a level.
func shade(dB float64) uint8 {
	return shades + uint8(math.Min(math.Max(dB-lowest, 0), highest-lowest)+0.5)
}

// blend returns the colour at a share, 0 to 1, of the way through the stops.
func blend(share float64) color.RGBA {
	at := share * float64(len(stops)-1)
	i := min(int(at), len(stops)-2)
	f := at - float64(i)
	mix := func(a, b uint8) uint8 { return uint8(float64(a) + f*(float64(b)-float64(a)) + 0.5) }
	a, b := stops[i], stops[i+1]
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 0xff}
}

func frame(img *image.Paletted, r image.Rectangle) {
	for x := r.Min.X - 1; x <= r.Max.X; x++ {
		img.SetColorIndex(x, r.Min.Y-1, ink)
		img.SetColorIndex(x, r.Max.Y, ink)
	}
	for y := r.Min.Y - 1; y <= r.Max.Y; y++ {
		img.SetColorIndex(r.Min.X-1, y, ink)
		img.SetColorIndex(r.Max.X, y, ink)
	}
}

// frequencyAxis labels the left side in kHz.
func frequencyAxis(img *image.Paletted, plot image.Rectangle, rate int) {
	nyquist := float64(rate) / 2
	step := tickStep(nyquist/1000, 6)
	for f := 0.0; f*1000 <= nyquist*1.0001; f += step {
		y := plot.Max.Y - int(f*1000/nyquist*plotHeight+0.5)
		for x := plot.Min.X - 1 - tickLength; x < plot.Min.X; x++ {
			img.SetColorIndex(x, y, ink)
		}
		label := trim(f)
		text(img, plot.Min.X-8-7*len(label), y+4, label)
	}
	text(img, 4, plot.Min.Y-8, "kHz")
}

// timeAxis labels the lower side in seconds, or in minutes.
func timeAxis(img *image.Paletted, plot image.Rectangle, length float64) {
	if length <= 0 {
		return
	}
	step := tickStep(length, 10)
	for t := 0.0; t <= length*1.0001; t += step {
		x := plot.Min.X + int(t/length*plotWidth)
		for y := plot.Max.Y; y < plot.Max.Y+tickLength; y++ {
			img.SetColorIndex(x, y, ink)
		}
		label := trim(t)
		if length > 120 {
			label = fmt.Sprintf("%d:%02d", int(t)/60, int(t)%60)
		}
		text(img, x-7*len(label)/2, plot.Max.Y+tickLength+12, label)
	}
	unit := "s"
	if length > 120 {
		unit = "min:s"
	}
	text(img, plot.Max.X+20, plot.Max.Y+tickLength+12, unit)
}

// legend draws the colours with their levels at the right of the first plot.
func legend(img *image.Paletted) {
	bar := image.Rect(left+plotWidth+20, top, left+plotWidth+36, top+plotHeight)
	for y := bar.Min.Y; y < bar.Max.Y; y++ {
		level := lowest + (highest-lowest)*float64(bar.Max.Y-1-y)/float64(plotHeight-1)
		for x := bar.Min.X; x < bar.Max.X; x++ {
			img.SetColorIndex(x, y, shade(level))
		}
	}
	frame(img, bar)
	for dB := highest; dB >= lowest; dB -= 30 {
		y := bar.Max.Y - int((dB-lowest)/(highest-lowest)*plotHeight)
		text(img, bar.Max.X+6, y+4, trim(dB))
	}
	text(img, bar.Min.X, bar.Min.Y-8, "dBFS")
}

// tickStep is a round distance that gives at most about n ticks in a range.
func tickStep(length float64, n int) float64 {
	for scale := math.Pow(10, math.Floor(math.Log10(length/float64(n)))); ; scale *= 10 {
		for _, m := range []float64{1, 2, 5} {
			if length/(m*scale) <= float64(n) {
				return m * scale
			}
		}
	}
}

// trim prints a number without needless digits.
func trim(v float64) string { return fmt.Sprintf("%.4g", v) }

// text writes from the left end of the base line.
func text(img *image.Paletted, x, y int, s string) {
	d := font.Drawer{Dst: img, Src: image.NewUniform(palette[ink]), Face: basicfont.Face7x13, Dot: fixed.P(x, y)}
	d.DrawString(s)
}
