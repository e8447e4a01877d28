package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"golang.org/x/term"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/daemon"
	"github.com/stillmic/stillmic/daemon/config"
)

// newLog returns a log to w: for people on a terminal, as JSON otherwise.
func newLog(w io.Writer, c config.Log) (*zap.Logger, error) {
	level, err := zapcore.ParseLevel(c.Level)
	if err != nil {
		return nil, fmt.Errorf("log level: %w", err)
	}
	out := zapcore.Lock(zapcore.AddSync(w))
	if c.Format == "console" || c.Format == "auto" && isTerminal(w) {
		return zap.New(plainLog{LevelEnabler: level, out: out}), nil
	}
	enc := zap.NewProductionEncoderConfig()
	enc.EncodeTime = zapcore.ISO8601TimeEncoder
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(enc), out, level)), nil
}

// plainLog writes a log for people: "15:04:05 running: removing noise (source usb-mic)".
type plainLog struct {
	zapcore.LevelEnabler
	out  zapcore.WriteSyncer
	with []zapcore.Field
}

// With implements zapcore.Core.
func (p plainLog) With(fields []zapcore.Field) zapcore.Core {
	p.with = append(slices.Clip(p.with), fields...)
	return p
}

// Check implements zapcore.Core.
func (p plainLog) Check(e zapcore.Entry, c *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if p.Enabled(e.Level) {
		return c.AddCore(e, p)
	}
	return c
}

// Write implements zapcore.Core.
func (p plainLog) Write(e zapcore.Entry, fields []zapcore.Field) error {
	level := ""
	if e.Level != zapcore.InfoLevel {
		level = e.Level.String() + ": "
	}
	text := printable.Text(daemon.LogText(e, append(slices.Clip(p.with), fields...)))
	_, err := fmt.Fprintf(p.out, "%s %s%s\n", e.Time.Format(time.TimeOnly), level, text)
	return err
}

// Sync implements zapcore.Core.
func (p plainLog) Sync() error { return p.out.Sync() }

// isTerminal reports whether a person sees w: a terminal, not just any device.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
