package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/farend"
	"github.com/stillmic/stillmic/daemon/speaker"
)

const meterHelp = `Meter shows the levels before and after, the probability of speech and the noise
removed, 20 times a second, and while they work what is removed of the others'
noise and of loudspeakers' echo; q or Ctrl-C ends it. Without a terminal it prints a
line per second, with --json one JSON object per line. While it runs, the
microphone is open, also when no app uses it. Exit code 3: Stillmic is not running.`

func newMeter() *cobra.Command {
	var (
		asJSON  bool
		seconds float64
	)
	cmd := &cobra.Command{
		Use:   "meter",
		Short: "Watch the levels",
		Long:  meterHelp,
		Args:  atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := forSeconds(cmd.Context(), seconds)
			defer cancel()
			c, err := client()
			if err != nil {
				return err
			}
			w := bufio.NewWriter(cmd.OutOrStdout())
			var v meterView = &meterLines{w: w}
			switch {
			case asJSON:
				v = meterJSON{w}
			case isTerminal(cmd.OutOrStdout()) && term.IsTerminal(int(os.Stdin.Fd())):
				restore, err := watchKeys(cancel)
				if err != nil {
					return err
				}
				defer restore()
				v = &meterScreen{w: w}
			}
			for ev, err := range c.Events(ctx, control.EventStatus, control.EventMeters) {
				if err == nil {
					err = errors.Join(showEvent(v, ev), w.Flush())
				}
				if err != nil && ctx.Err() != nil {
					break // it was to end
				}
				if err != nil {
					return err
				}
			}
			v.end()
			return w.Flush()
		},
	}
	cmd.Flags().Float64Var(&seconds, "seconds", 0, "end after so many `seconds`; 0: on q or Ctrl-C")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object per line")
	return cmd
}

// watchKeys takes the keyboard, so that q needs no Enter, and gives it back.
func watchKeys(quit func()) (restore func(), err error) {
	fd := int(os.Stdin.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, fmt.Errorf("take the keyboard: %w", err)
	}
	go func() {
		key := make([]byte, 1)
		for {
			n, err := os.Stdin.Read(key)
			// Ctrl-C and Ctrl-D come as bytes now.
			if err != nil || n == 1 && strings.ContainsRune("qQ\x03\x04", rune(key[0])) {
				quit()
				return
			}
		}
	}()
	return func() { _ = term.Restore(fd, before) }, nil
}

// meterView shows what comes.
type meterView interface {
	status(s control.Status)
	meters(m control.Meters)
	end()
}

func showEvent(v meterView, ev control.Event) error {
	switch ev.Kind {
	case control.EventStatus:
		var s control.Status
		if err := ev.Decode(&s); err != nil {
			return err
		}
		v.status(s)
	case control.EventMeters:
		var m control.Meters
		if err := ev.Decode(&m); err != nil {
			return err
		}
		v.meters(m)
	}
	return nil
}

// meterJSON prints every meter as it is.
type meterJSON struct{ w io.Writer }

func (v meterJSON) status(control.Status) {}
func (v meterJSON) end()                  {}
func (v meterJSON) meters(m control.Meters) {
	_ = json.NewEncoder(v.w).Encode(m) // Flush tells
}

// meterLines prints a line per second.
type meterLines struct {
	w    io.Writer
	last control.Meters
	any  bool
}

func (v *meterLines) end()                    {}
func (v *meterLines) meters(m control.Meters) { v.last, v.any = m, true }
func (v *meterLines) status(s control.Status) {
	if !v.any {
		return
	}
	fmt.Fprintf(v.w, "%s  in %.1f dB  out %.1f dB  speech %.2f  removed %.1f dB  %s",
		time.Now().Format(time.TimeOnly), v.last.InputDB, v.last.OutputDB, v.last.Speech, v.last.ReductionDB, s.Strength)
	for _, o := range others(s) {
		fmt.Fprintf(v.w, "  %s %.1f dB", o.name, o.removedDB)
	}
	fmt.Fprintln(v.w)
	v.any = false
}

// other is what is removed, in dB, beside the microphone's noise.
type other struct {
	name      string
	removedDB float64
}

// others returns that of what works now: the noise of the others, and the echo of loudspeakers.
func others(s control.Status) (list []other) {
	if s.Speaker.State == speaker.Running {
		list = append(list, other{"others", s.Speaker.RemovedDB})
	}
	if s.Echo.State == farend.Working {
		list = append(list, other{"echo", s.Echo.RemovedDB})
	}
	return list
}

// meterScreen draws five lines of 80 columns, and one for each of others, again and again.
type meterScreen struct {
	w     io.Writer
	s     control.Status
	drawn int // lines
}

func (v *meterScreen) status(s control.Status) { v.s = s }
func (v *meterScreen) end() {
	if v.drawn > 0 {
		fmt.Fprint(v.w, "\x1b[?25h") // the cursor again
	}
}

func (v *meterScreen) meters(m control.Meters) {
	if v.drawn > 0 {
		fmt.Fprintf(v.w, "\x1b[%dA", v.drawn)
	} else {
		fmt.Fprint(v.w, "\x1b[?25l")
	}
	mode := v.s.Strength
	switch {
	case v.s.Silent:
		mode = "muted"
	case v.s.Bypass:
		mode = "bypassed"
	}
	head := fmt.Sprintf("%s  %s", v.s.State, v.s.SourceDescription)
	lines := []string{
		fmt.Sprintf("%-50.50s %10.10s  latency %.0f ms", head, mode, v.s.LatencyMS),
		fmt.Sprintf("in      %6.1f dB  %s", m.InputDB, bar((m.InputDB+72)/72)),
		fmt.Sprintf("out     %6.1f dB  %s", m.OutputDB, bar((m.OutputDB+72)/72)),
		fmt.Sprintf("speech  %6.0f %%   %s", 100*m.Speech, bar(m.Speech)),
		fmt.Sprintf("removed %6.1f dB  %s", m.ReductionDB, bar(m.ReductionDB/60)),
	}
	for _, o := range others(v.s) {
		lines = append(lines, fmt.Sprintf("%-7s %6.1f dB  %s", o.name, o.removedDB, bar(o.removedDB/60)))
	}
	for _, line := range lines {
		fmt.Fprint(v.w, "\r"+line+"\x1b[K\r\n")
	}
	fmt.Fprint(v.w, "\x1b[J") // what a longer picture has left
	v.drawn = len(lines)
}

// barWidth is what 80 columns leave.
const barWidth = 60

// bar draws a share of barWidth in eighths of a column.
func bar(share float64) string {
	eighths := int(min(max(share, 0), 1)*barWidth*8 + 0.5)
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string([]rune(" ▏▎▍▌▋▊▉")[rest])
	}
	return text
}
