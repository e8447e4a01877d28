//go:build !portaudio

package main

// backends says what this program can talk to.
const backends = "with PulseAudio and PipeWire, without PortAudio (build with -tags portaudio)"
