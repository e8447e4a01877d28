//go:build (!amd64 && !arm64) || noasm

package kernel

// native returns nothing: this build has the portable kernels alone.
func native() []*Set { return nil }
