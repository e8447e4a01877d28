//go:build !noasm

package kernel

func init() {
	// 12 sums of 8 and 16 multiply-adds, as _generate/peak.go has them.
	peaks["avx2"] = peakLoop{peakAVX2, 12 * 8 * 2}
	peaks["avx512"] = peakLoop{peakAVX512, 12 * 16 * 2}
}
