package demo

import (
	"math"
	"slices"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/audiotest"
)

// Lags returns how much later b arrives than a, second by second from sample
// index from on, in ms. Both were recorded by one client, and the clock is that
// client's: what was lost earlier in one of the recordings does not count.
func Lags(a, b audiotest.Recording, from, seconds int) []float64 {
	t0 := a.Packets[0].At
	var list []float64
	for i := range seconds {
		at := from + i*audioio.SampleRate
		x, arrivedX := second(a, at, t0)
		y, arrivedY := second(b, at, t0)
		if len(x) < audioio.SampleRate/2 || len(y) < audioio.SampleRate/2 {
			break
		}
		lag, _ := audiotest.Lag(x, y, audioio.SampleRate/4)
		list = append(list, (lag+arrivedY-arrivedX)*1000/audioio.SampleRate)
	}
	return list
}

// second cuts a second out of a recording and returns with it when its sample
// 0 would have arrived, in samples after t0: the median over its packets of
// the time of arrival less the index of the packet's end.
func second(r audiotest.Recording, at int, t0 time.Time) (x []float32, origin float64) {
	var d []float64
	for _, p := range r.Packets {
		if p.Start >= at && p.Start+p.Len <= at+audioio.SampleRate {
			d = append(d, p.At.Sub(t0).Seconds()*audioio.SampleRate-float64(p.Start+p.Len))
		}
	}
	end := min(at+audioio.SampleRate, len(r.Samples))
	if len(d) == 0 || at >= end {
		return nil, math.NaN()
	}
	slices.Sort(d)
	return r.Samples[at:end], d[len(d)/2]
}
