package soundserver_test

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/audioio/soundserver"
)

func TestLagFindsShift(t *testing.T) {
	x := soundserver.Noise(20000, 0.5, 7)
	for _, shift := range []int{0, 1, 123, 4000} {
		y := append(make([]float32, shift), x...)
		lag, corr := soundserver.Lag(x, y, 5000)
		if math.Abs(lag-float64(shift)) > 0.1 || corr < 0.99 {
			t.Errorf("shift %d: lag %.2f, correlation %.3f", shift, lag, corr)
		}
		if lag, _ := soundserver.Lag(y, x, 5000); math.Abs(lag+float64(shift)) > 0.1 {
			t.Errorf("shift %d the other way: lag %.2f", shift, lag)
		}
	}
}

func TestSISDR(t *testing.T) {
	ref := soundserver.Sine(48000, 440, 0.5)
	noise := soundserver.Noise(48000, 1, 3)
	est := make([]float32, len(ref))
	// Noise of a tenth of the sine's RMS is 20 dB below, whatever the scale.
	g := 0.1 * soundserver.RMS(ref) / soundserver.RMS(noise)
	for i := range est {
		est[i] = 3 * (ref[i] + float32(g)*noise[i])
	}
	if got := soundserver.SISDR(ref, est); math.Abs(got-20) > 0.2 {
		t.Errorf("SI-SDR %.2f dB, want 20", got)
	}
}

func TestGapsAndClicks(t *testing.T) {
	const freq, peak = 997, 0.5
	x := soundserver.Sine(48000, freq, peak)
	if g, c := soundserver.Gaps(x, 8, 1e-4), soundserver.Clicks(x, freq, peak, 0.005); len(g)+len(c) != 0 {
		t.Fatalf("gaps %v and clicks %v in a clean sine", g, c)
	}
	holed := append([]float32(nil), x...)
	clear(holed[10000:10100])
	if g := soundserver.Gaps(holed, 50, 1e-4); len(g) != 1 || g[0].Start < 9998 || g[0].Len < 100 || g[0].Len > 104 {
		t.Errorf("gaps %v, want one of 100 at 10000", g)
	}
	lost := append(append([]float32(nil), x[:20000]...), x[20001:]...)
	if c := soundserver.Clicks(lost, freq, peak, 0.005); len(c) != 1 || c[0] < 19990 || c[0] > 20010 {
		t.Errorf("clicks %v after losing sample 20000", c)
	}
}
