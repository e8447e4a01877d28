package archive

import (
	"fmt"
	"math"
)

// Distribution counts how often figures lie where.
type Distribution struct {
	Name   string  `json:"name"`
	Unit   string  `json:"unit"`
	From   float64 `json:"from"` // where the first bin begins
	Width  float64 `json:"width"`
	Bins   []int   `json:"bins"` // the first and the last hold what lies beyond them, too
	Count  int     `json:"count"`
	Mean   float64 `json:"mean"`
	Lowest float64 `json:"lowest"`
	Most   float64 `json:"highest"`
}

// distributions are those of a Summary, in the order in which it adds to them.
func distributions() []*Distribution {
	return []*Distribution{
		{Name: "Length", Unit: "minutes", Width: 5, Bins: make([]int, 24)},
		{Name: "Speed", Unit: "times real time", Width: 10, Bins: make([]int, 30)},
		{Name: "Noise before", Unit: "dBFS", From: -110, Width: 5, Bins: make([]int, 22)},
		{Name: "Noise after", Unit: "dBFS", From: -110, Width: 5, Bins: make([]int, 22)},
		{Name: "Loudness before", Unit: "LUFS", From: -60, Width: 2, Bins: make([]int, 30)},
		{Name: "Loudness after", Unit: "LUFS", From: -60, Width: 2, Bins: make([]int, 30)},
		{Name: "Speech", Unit: "% of the time", Width: 5, Bins: make([]int, 20)},
	}
}

// add counts a figure; what is not known is left out.
func (d *Distribution) add(x float64) {
	if math.IsNaN(x) {
		return
	}
	bin := int(math.Floor((x - d.From) / d.Width))
	d.Bins[min(max(bin, 0), len(d.Bins)-1)]++
	if d.Count == 0 {
		d.Lowest, d.Most = x, x
	}
	d.Lowest, d.Most = min(d.Lowest, x), max(d.Most, x)
	d.Count++
	d.Mean += (x - d.Mean) / float64(d.Count)
}

// Bar is a bin as it is drawn.
type Bar struct {
	X, Y, W, H float64
	Text       string
}

// Sizes of a drawn distribution, in pixels.
const (
	drawnWidth  = 360
	drawnHeight = 120
)

// Bars returns the bins as they are drawn.
func (d *Distribution) Bars() (bars []Bar) {
	most := 1
	for _, n := range d.Bins {
		most = max(most, n)
	}
	width := float64(drawnWidth) / float64(len(d.Bins))
	for i, n := range d.Bins {
		if n == 0 {
			continue
		}
		h := max(drawnHeight*float64(n)/float64(most), 1) // one is seen beside a million
		from := d.From + float64(i)*d.Width
		bars = append(bars, Bar{float64(i)*width + 0.5, drawnHeight - h, width - 1, h,
			fmt.Sprintf("%g to %g %s: %d", from, from+d.Width, d.Unit, n)})
	}
	return bars
}

// To is where the last bin ends.
func (d *Distribution) To() float64 { return d.From + float64(len(d.Bins))*d.Width }
