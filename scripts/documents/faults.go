package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"time"

	"github.com/stillmic/stillmic/scripts/documents/figures"
)

// What the tests of faults print of a recovery; the last of several tries counts.
var (
	recovered   = regexp.MustCompile(`RECOVERED (.+) \((pulseaudio|pipewire)\): audio back after \S+, (\S+) after the microphone itself`)
	panicked    = regexp.MustCompile(`RECOVERED (panic .+) \((pulseaudio|pipewire)\): audio goes on, heard (\S+) after it`)
	stoodStill  = regexp.MustCompile(`RECOVERED delay after 500ms of standstill of the (\w+) \((pulseaudio|pipewire)\): ([\d.]+) ms before, ([\d.]+) ms`)
	drifted     = regexp.MustCompile(`RECOVERED clocks ([+-]\d+) ppm apart \(pulseaudio, (.+?)\): .* ([\d.]+) ms off at most`)
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
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(faults.Rows) == 0 {
		return nil, fmt.Errorf("no fault in the output of scripts/soak --faults")
	}
	tables := map[string]figures.Table{"faults": faults}
	if len(delay.Rows) > 0 {
		tables["fault-delay"] = delay
	}
	if len(drift.Rows) > 0 {
		tables["fault-drift"] = drift
	}
	return tables, nil
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
