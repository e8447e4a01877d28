package daemon

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.uber.org/zap/zapcore"

	"github.com/stillmic/stillmic/daemon/control"
)

// journal hands the lines of the log to those who look at the page.
type journal struct {
	events *control.Hub
	with   []zapcore.Field
}

// Enabled implements zapcore.Core: what a person should see.
func (j journal) Enabled(l zapcore.Level) bool { return l >= zapcore.InfoLevel }

// With implements zapcore.Core.
func (j journal) With(fields []zapcore.Field) zapcore.Core {
	return journal{j.events, append(slices.Clip(j.with), fields...)}
}

// Check implements zapcore.Core.
func (j journal) Check(e zapcore.Entry, c *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if j.Enabled(e.Level) {
		return c.AddCore(e, j)
	}
	return c
}

// Write implements zapcore.Core.
func (j journal) Write(e zapcore.Entry, fields []zapcore.Field) error {
	m := zapcore.NewMapObjectEncoder()
	for _, f := range append(slices.Clip(j.with), fields...) {
		f.AddTo(m)
	}
	text := e.Message
	var details []string
	for _, k := range slices.Sorted(maps.Keys(m.Fields)) {
		if v := fmt.Sprint(m.Fields[k]); v != "" {
			details = append(details, k+" "+v)
		}
	}
	if len(details) > 0 {
		text += " (" + strings.Join(details, ", ") + ")"
	}
	j.events.Log(control.LogEntry{Time: e.Time, Level: e.Level.String(), Message: text})
	return nil
}

// Sync implements zapcore.Core.
func (j journal) Sync() error { return nil }
