package supervisor

import (
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon/engine"
)

const (
	restartFirst = 5 * time.Second
	restartMost  = 5 * time.Minute

	// restartForgiven is how long a suppressor must have worked for the next fault to be
	// the first again.
	restartForgiven = 2 * restartMost

	// sameFault is how long the same panic is not reported again: a stream that is
	// tried twice a second would fill the disk.
	sameFault = time.Minute
)

// restart brings a new processor after the old one panicked: after 5 s, then
// each time after twice as long.
type restart struct {
	o     *Options
	at    time.Time
	delay time.Duration
	last  time.Time // when it came
	count uint64    // of those that came

	reported   string // the fault reported last
	reportedAt time.Time
}

// fault reports a panic and plans another suppressor.
func (r *restart) fault(f engine.Fault) {
	if what := string(f.From) + f.Value; what != r.reported || time.Since(r.reportedAt) > sameFault {
		r.reported, r.reportedAt = what, time.Now()
		r.report(f)
	}
	if f.From != engine.Suppressor && f.From != engine.AudioPath {
		return
	}
	if time.Since(r.last) > restartForgiven {
		r.delay = 0
	}
	r.delay = min(max(2*r.delay, restartFirst), restartMost)
	r.at = time.Now().Add(r.delay)
}

// report writes a panic's report and logs it.
func (r *restart) report(f engine.Fault) {
	version, model := r.o.Describe()
	path, err := writeReport(r.o.ReportDir, f, version, model)
	if err != nil {
		r.o.Log.Error("the "+string(f.From)+" failed, and so did writing the report", zap.String("panic", f.Value),
			zap.Error(err))
		return
	}
	r.o.Log.Error("the "+string(f.From)+" failed; audio goes on without it", zap.String("panic", f.Value),
		zap.String("report", path))
	if err := tidyReports(filepath.Dir(path)); err != nil {
		r.o.Log.Warn("old reports stay", zap.Error(err))
	}
}

// due brings the new processor when it is time.
func (r *restart) due() {
	if r.at.IsZero() && r.o.Engine.Broken() && !r.o.Engine.Replacing() {
		// Its panic came while another was waiting to be reported.
		r.at = time.Now().Add(max(r.delay, restartFirst))
	}
	if r.at.IsZero() || time.Now().Before(r.at) {
		return
	}
	r.at = time.Time{}
	p, err := r.o.NewProcessor()
	if err != nil {
		r.o.Log.Error("start the suppressor again", zap.Error(err))
		r.at = time.Now().Add(restartMost)
		return
	}
	r.last = time.Now()
	r.count++
	r.o.Engine.Replace(p)
}
