//go:build !amd64 || noasm

package dsp

func dot(x, w []float32) float32 { return dotGo(x, w) }
