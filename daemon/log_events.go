package daemon

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.uber.org/zap/zapcore"

	"github.com/stillmic/stillmic/daemon/control"
)

// logEvents publishes the lines of the log as events.
type logEvents struct {
	events *control.Hub
	with   []zapcore.Field
}

// Enabled implements zapcore.Core: what a person should see.
func (j logEvents) Enabled(l zapcore.Level) bool { return l >= zapcore.InfoLevel }

// With implements zapcore.Core.
func (j logEvents) With(fields []zapcore.Field) zapcore.Core {
	return logEvents{j.events, append(slices.Clip(j.with), fields...)}
}

// Check implements zapcore.Core.
func (j logEvents) Check(e zapcore.Entry, c *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if j.Enabled(e.Level) {
		return c.AddCore(e, j)
	}
	return c
}

// Write implements zapcore.Core.
func (j logEvents) Write(e zapcore.Entry, fields []zapcore.Field) error {
	text := LogText(e, append(slices.Clip(j.with), fields...))
	j.events.Log(control.LogEntry{Time: e.Time, Level: e.Level.String(), Message: text})
	return nil
}

// LogText is a line of the log for people: "running: removing noise (source usb-mic)". What matters comes first,
// without the name of its field.
func LogText(e zapcore.Entry, fields []zapcore.Field) string {
	m := zapcore.NewMapObjectEncoder()
	for _, f := range fields {
		f.AddTo(m)
	}
	parts := []string{e.Message}
	for _, key := range []string{"description", "reason"} {
		if said, ok := m.Fields[key].(string); ok && said != "" {
			parts = append(parts, said)
			delete(m.Fields, key)
		}
	}
	if on, ok := m.Fields["on"].(bool); ok {
		parts = append(parts, map[bool]string{true: "on", false: "off"}[on])
		delete(m.Fields, "on")
	}
	text := strings.Join(parts, ": ")
	var details []string
	for _, k := range slices.Sorted(maps.Keys(m.Fields)) {
		if v := fmt.Sprint(m.Fields[k]); v != "" {
			details = append(details, strings.ReplaceAll(k, "_", " ")+" "+v)
		}
	}
	if len(details) > 0 {
		text += " (" + strings.Join(details, ", ") + ")"
	}
	return text
}

// Sync implements zapcore.Core.
func (j logEvents) Sync() error { return nil }
