//go:build !windows

package main

// findOutput is for Windows.
func findOutput() {}
