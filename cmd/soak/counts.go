//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/stillmic/stillmic/audioio/soundserver"
)

// counts is what the daemon has counted at a time.
type counts struct {
	at                                 time.Time
	xruns, underruns, overruns, missed uint64
}

// countsKept is for how many seconds they are kept: a minute, and what is heard later.
const countsKept = 70

// count asks the daemon for its counts. Without an answer there are none: it is being started.
func (s *soak) count(ctx context.Context) {
	client := s.daemon.client()
	defer client.Close()
	st, err := client.Status(ctx)
	if err != nil {
		return
	}
	s.counted = append(s.counted, counts{time.Now(), st.Xruns, st.Underruns, st.Overruns, st.MissedDeadlines})
	s.counted = s.counted[max(0, len(s.counted)-countsKept):]
}

// explain says what is known of a blemish that nothing excuses, and keeps what was heard.
func (r *report) explain(s *soak, b blemish) {
	var text strings.Builder
	fmt.Fprintf(&text, "  %s at %s", b.kind, b.at.Format("15:04:05.000"))
	for i := 1; i < len(s.counted); i++ {
		from, to := s.counted[i-1], s.counted[i]
		// The last second before it, and the one that it is in.
		if b.at.Before(from.at) || b.at.After(to.at) {
			continue
		}
		before := s.counted[max(0, i-2)]
		fmt.Fprintf(&text, ", the daemon's xruns %+d, underruns %+d, overruns %+d, late hops %+d", to.xruns-before.xruns,
			to.underruns-before.underruns, to.overruns-before.overruns, to.missed-before.missed)
	}
	if r.keep != "" && len(b.heard) > 0 {
		path := filepath.Join(r.keep, fmt.Sprintf("%s-%s.f32", b.kind, b.at.Format("150405.000")))
		if err := os.WriteFile(path, soundserver.Float32LE(b.heard), 0o600); err != nil {
			fmt.Fprintf(&text, ", not kept: %v", err)
		} else {
			text.WriteString(", heard: " + path)
		}
	}
	fmt.Fprintln(r.w, text.String())
}
