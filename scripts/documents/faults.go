package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/stillmic/stillmic/scripts/documents/figures"
)

// What the tests of faults print of a recovery; the last of several tries counts.
var (
	recovered   = regexp.MustCompile(`RECOVERED (.+) \((pulseaudio|pipewire)\): audio back after \S+, (\S+) after the microphone itself`)
	panicked    = regexp.MustCompile(`RECOVERED (panic .+) \((pulseaudio|pipewire)\): audio goes on, heard (\S+) after it`)
	stoodStill  = regexp.MustCompile(`RECOVERED delay after 500ms of standstill of the (\w+) \((pulseaudio|pipewire)\): ([\d.]+) ms before, ([\d.]+) ms`)
	drifted     = regexp.MustCompile(`RECOVERED clocks ([+-]\d+) ppm apart \(pulseaudio, (.+?)\): .* ([\d.]+) ms off at most`)
	gapsHeard   = regexp.MustCompile(`GAP (pulseaudio|pipewire): without audio for \[([^]]+)\]`)
	anotherRate = regexp.MustCompile(`^microphone put back with \d+ Hz and \d channels$`)
	servers     = map[string]string{"pulseaudio": "PulseAudio", "pipewire": "PipeWire"}
)

// takeFaults puts what the output of "scripts/soak --faults" says into a figures.json.
func takeFaults(log, commit, path string) error {
	f, err := os.Open(log)
	if err != nil {
		return err
	}
	defer f.Close()
	tables, err := faultTables(f, commit)
	if err != nil {
		return err
	}
	return figures.Update(path, tables)
}

// faultTables makes the tables of daemon/FAULTS.md from the output of "scripts/soak --faults".
func faultTables(log io.Reader, commit string) (map[string]figures.Table, error) {
	faults := figures.New("scripts/soak --faults", commit, "fault", "PulseAudio, s", "PipeWire, s")
	delay := figures.New("scripts/soak --faults", commit, "stopped for 0.5 s")
	drift := figures.New("scripts/soak --faults", commit, "microphone's clock")
	restart := figures.New("scripts/soak --faults", commit, "20 restarts in a call, gap in its sound")
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		line := lines.Text()
		if m := firstMatch(line, recovered, panicked); m != nil {
			if err := setSlowest(&faults, m[1], servers[m[2]]+", s", m[3]); err != nil {
				return nil, err
			}
		}
		if m := stoodStill.FindStringSubmatch(line); m != nil {
			delay.Set(m[1], servers[m[2]]+", before, ms", m[3])
			delay.Set(m[1], servers[m[2]]+", after, ms", m[4])
		}
		if m := drifted.FindStringSubmatch(line); m != nil {
			drift.Set(m[1]+" ppm", m[2]+", ms", m[3])
		}
		if m := gapsHeard.FindStringSubmatch(line); m != nil {
			if err := setGaps(&restart, servers[m[1]]+", s", strings.Fields(m[2])); err != nil {
				return nil, err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(faults.Rows) == 0 {
		return nil, fmt.Errorf("no fault in the output of scripts/soak --faults")
	}
	tables := map[string]figures.Table{"faults": faults}
	for name, t := range map[string]figures.Table{"fault-delay": delay, "fault-drift": drift, "fault-restart": restart} {
		if len(t.Rows) > 0 {
			tables[name] = t
		}
	}
	return tables, nil
}

// setGaps sets the median and the longest of gaps, which come in the order of their length.
func setGaps(t *figures.Table, column string, gaps []string) error {
	for _, row := range []struct{ name, gap string }{{"median", gaps[len(gaps)/2]}, {"longest", gaps[len(gaps)-1]}} {
		took, err := time.ParseDuration(row.gap)
		if err != nil {
			return fmt.Errorf("the gaps of restarts: %w", err)
		}
		t.Set(row.name, column, fmt.Sprintf("%.2f", took.Seconds()))
	}
	return nil
}

func firstMatch(line string, patterns ...*regexp.Regexp) []string {
	for _, pattern := range patterns {
		if m := pattern.FindStringSubmatch(line); m != nil {
			return m
		}
	}
	return nil
}

// setSlowest sets the seconds of a fault; of those that differ in the rate alone, the slowest.
func setSlowest(t *figures.Table, fault, column, duration string) error {
	took, err := time.ParseDuration(duration)
	if err != nil {
		return fmt.Errorf("the time of %q: %w", fault, err)
	}
	seconds := max(took.Seconds(), 0)
	if anotherRate.MatchString(fault) {
		fault = "microphone put back with another rate, mono or stereo"
		if t.HasRow(fault) {
			before, err := t.Cell(fault, column)
			if err != nil {
				return err
			}
			if was, err := strconv.ParseFloat(before, 64); err == nil {
				seconds = max(seconds, was)
			}
		}
	}
	t.Set(fault, column, fmt.Sprintf("%.2f", seconds))
	return nil
}
