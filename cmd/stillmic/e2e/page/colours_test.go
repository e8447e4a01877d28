//go:build linux

package page

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"slices"
)

const (
	// colours is how many the picture of the README has.
	colours = 72
	// apart is how far one is from the next at least, of 255, so that the many
	// shades of a spectrogram leave room for the few of a text.
	apart = 11
)

// fewColours makes a small PNG: of the most frequent colours, where those that
// differ only in the last three of eight bits count as one.
func fewColours(shot []byte) ([]byte, error) {
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return nil, err
	}
	type colour = [3]uint32
	count, sum := map[colour]int{}, map[colour]colour{}
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, _ := img.At(x, y).RGBA()
			key := colour{r >> 11, g >> 11, bl >> 11}
			s := sum[key]
			count[key]++
			sum[key] = colour{s[0] + r>>8, s[1] + g>>8, s[2] + bl>>8}
		}
	}
	keys := slices.SortedFunc(maps.Keys(count), func(a, b colour) int { return cmp.Compare(count[b], count[a]) })
	var p color.Palette
	for _, k := range keys {
		n, s := uint32(count[k]), sum[k]
		c := color.RGBA{uint8(s[0] / n), uint8(s[1] / n), uint8(s[2] / n), 255}
		if len(p) < colours && !slices.ContainsFunc(p, func(o color.Color) bool { return near(c, o.(color.RGBA)) }) {
			p = append(p, c)
		}
	}
	out := image.NewPaletted(b, p)
	draw.Draw(out, b, img, b.Min, draw.Src)
	var small bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&small, out)
	return small.Bytes(), err
}

// near reports whether two colours are less than apart from each other.
func near(a, b color.RGBA) bool {
	r, g, bl := int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B)
	return r*r+g*g+bl*bl < apart*apart
}
