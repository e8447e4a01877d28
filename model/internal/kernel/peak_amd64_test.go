//go:build !noasm

package kernel

func init() { peaks["avx2"], peaks["avx512"] = peakAVX2, peakAVX512 }
