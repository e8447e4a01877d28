package ffmpeg

import (
	"os"
	"time"
)

// processorTime returns how long a process has computed, 0 for one that was not waited for.
func processorTime(p *os.ProcessState) time.Duration {
	if p == nil {
		return 0
	}
	return p.UserTime() + p.SystemTime()
}

// HelperTime returns the processor time of ffmpeg, once it has ended.
func (r *Reader) HelperTime() time.Duration { return r.probed + processorTime(r.cmd.ProcessState) }

// HelperTime returns the processor time of ffmpeg, once the file is complete.
func (w *Writer) HelperTime() time.Duration { return w.beside + processorTime(w.cmd.ProcessState) }
