package demo

import (
	"slices"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

// Lags returns how much later b arrives than a, second by second from a time
// after the beginning on, in ms. Both were recorded by one client, and the
// clock is that client's: what was lost earlier in one of them does not count.
func Lags(a, b soundserver.Recording, from time.Duration, seconds int) []float64 {
	t0 := a.Packets[0].At
	var list []float64
	for i := range seconds {
		at := t0.Add(from + time.Duration(i)*time.Second)
		x, arrivedX := second(a, at)
		y, arrivedY := second(b, at)
		if len(x) < audioio.SampleRate/2 || len(y) < audioio.SampleRate/2 {
			continue // one of them stood still
		}
		lag, _ := soundserver.Lag(x, y, audioio.SampleRate/4)
		list = append(list, 1000*(lag/audioio.SampleRate+arrivedY-arrivedX))
	}
	return list
}

// second returns what arrived in the second after at, and when its sample 0
// would have arrived, in seconds after at: the median over the packets of the
// time of arrival less the index of the packet's end.
func second(r soundserver.Recording, at time.Time) (x []float32, origin float64) {
	var d []float64
	start, end := -1, 0
	for _, p := range r.Packets {
		if p.At.Before(at) || !p.At.Before(at.Add(time.Second)) {
			continue
		}
		if start < 0 {
			start = p.Start
		}
		end = p.Start + p.Len
		d = append(d, p.At.Sub(at).Seconds()-float64(end-start)/audioio.SampleRate)
	}
	if start < 0 {
		return nil, 0
	}
	slices.Sort(d)
	return r.Samples[start:end], d[len(d)/2]
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(x))
	return s[len(s)/2]
}
