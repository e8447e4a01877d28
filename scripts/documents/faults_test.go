package main

import (
	"reflect"
	"strings"
	"testing"
)

// Lines as the tests of faults print them: of several tries the last counts, of several rates the slowest.
func TestFaultTables(t *testing.T) {
	const log = `
    fault_test.go:63: RECOVERED server away for 5 s (pulseaudio): audio back after 1.9s, 1.2s after the microphone itself
    fault_test.go:63: RECOVERED server away for 5 s (pulseaudio): audio back after 1.4s, 12ms after the microphone itself
    fault_test.go:63: RECOVERED server away for 5 s (pipewire): audio back after 0s, -3ms after the microphone itself
    fault_test.go:63: RECOVERED microphone put back with 8000 Hz and 1 channels (pipewire): audio back after 1s, 140ms after the microphone itself
    fault_test.go:63: RECOVERED microphone put back with 44100 Hz and 2 channels (pipewire): audio back after 1s, 90ms after the microphone itself
    fault_inside_test.go:102: RECOVERED panic in the suppressor (pipewire): audio goes on, heard 80ms after it
    fault_inside_test.go:193: RECOVERED delay after 500ms of standstill of the daemon (pulseaudio): 14.01 ms before, 14.22 ms in the 8 s that follow 2 s later (13.9 to 14.4)
    fault_inside_test.go:240: RECOVERED clocks -500 ppm apart (pulseaudio, server over the network): delay 12.00 ms at first, 13.00 ms at the end, 3.90 ms off at most (medians of 10 s)
    restart_test.go:188: GAP pipewire: without audio for [150ms 180ms 230ms 1.25s]
`
	tables, err := faultTables(strings.NewReader(log), "1234567")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][][]string{
		"faults": {
			{"server away for 5 s", "0.01", "0.00"},
			{"microphone put back with another rate, mono or stereo", "", "0.14"},
			{"panic in the suppressor", "", "0.08"},
		},
		"fault-delay":   {{"daemon", "14.01", "14.22"}},
		"fault-drift":   {{"-500 ppm", "3.90"}},
		"fault-restart": {{"median", "0.23"}, {"longest", "1.25"}},
	} {
		if got := tables[name].Rows; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if _, err := faultTables(strings.NewReader("ok"), "1234567"); err == nil {
		t.Error("an output without faults is accepted")
	}
}
