package daemon

import (
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// A line for people says what matters first, in words.
func TestLogText(t *testing.T) {
	for want, c := range map[string]struct {
		message string
		fields  []zapcore.Field
	}{
		"running: removing noise (source usb)": {"running", []zapcore.Field{zap.String("reason", "removing noise"), zap.String("source", "usb")}},
		"microphone: USB Microphone (source usb)": {"microphone", []zapcore.Field{
			zap.String("source", "usb"), zap.String("description", "USB Microphone"), zap.String("before", "")}},
		"loudspeakers: Speakers (echo cancelling waiting)": {"loudspeakers", []zapcore.Field{
			zap.String("description", "Speakers"), zap.String("echo_cancelling", "waiting")}},
		"mute: on":                       {"mute", []zapcore.Field{zap.Bool("on", true)}},
		"speaker: off (strength gentle)": {"speaker", []zapcore.Field{zap.Bool("on", false), zap.String("strength", "gentle")}},
		"stopping":                       {"stopping", []zapcore.Field{zap.String("reason", "")}},
	} {
		if got := LogText(zapcore.Entry{Message: c.message}, c.fields); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
