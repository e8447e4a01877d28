package main

import (
	"strings"
	"testing"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/farend"
	"github.com/stillmic/stillmic/daemon/speaker"
)

// What is removed of the others' noise and of echo is shown while that works, and a picture that
// became shorter leaves no line behind.
func TestMeterOfBothWays(t *testing.T) {
	works := control.Status{Speaker: control.Speaker{State: speaker.Running, RemovedDB: 11.5},
		Echo: control.Echo{State: farend.Working, RemovedDB: 22.5}}
	var screen strings.Builder
	v := &meterScreen{w: &screen}
	v.status(works)
	v.meters(control.Meters{})
	if s := screen.String(); !strings.Contains(s, "others    11.5 dB") || !strings.Contains(s, "echo      22.5 dB") || v.drawn != 7 {
		t.Errorf("%d lines: %q", v.drawn, s)
	}
	screen.Reset()
	v.status(control.Status{})
	v.meters(control.Meters{})
	if s := screen.String(); !strings.HasPrefix(s, "\x1b[7A") || strings.Contains(s, "others") || !strings.HasSuffix(s, "\x1b[J") || v.drawn != 5 {
		t.Errorf("%d lines: %q", v.drawn, s)
	}
	var lines strings.Builder
	l := &meterLines{w: &lines}
	l.meters(control.Meters{})
	l.status(works)
	if s := lines.String(); !strings.HasSuffix(s, "others 11.5 dB  echo 22.5 dB\n") {
		t.Errorf("%q", s)
	}
}
