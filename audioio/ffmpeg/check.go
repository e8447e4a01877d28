package ffmpeg

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
)

// ErrIncomplete: a file was written, but does not hold what was put into it.
var ErrIncomplete = errors.New("the file is not complete")

// diskFaults are what the system says when a disk does not take any more.
var diskFaults = []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, syscall.EIO, syscall.EROFS}

// diskFault returns the fault of a disk that ffmpeg has spoken of, nil if none. Its exit
// code does not tell: ffmpeg 5.1 ends with 0 where the last of a file could not be
// written. It uses the C library's words, which begin with a capital letter.
func (t *tail) diskFault() error {
	said := strings.ToLower(string(t.b))
	for _, fault := range diskFaults {
		if strings.Contains(said, fault.Error()) {
			return fault
		}
	}
	return nil
}

// slack is how many samples an encoder and its decoder may lose of a sound's ends:
// twice the most of all lags, Windows Media's.
const slack = 2 * 2048

// checkSound has ffmpeg decode the first sound of a file that it has written, which must
// have a number of frames.
func checkSound(path string, frames int64) error {
	program, err := exec.LookPath("ffmpeg")
	if err != nil {
		return ErrNotInstalled
	}
	args := append([]string{"-nostdin", "-v", "error"}, fromFile(path)...)
	// One byte a frame is enough to count.
	cmd := exec.Command(program, append(args, "-map", "0:a:0", "-ac", "1", "-f", "u8", "pipe:1")...)
	complaint, got := &tail{}, counter(0)
	cmd.Stdout, cmd.Stderr = &got, complaint
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: ffmpeg cannot read it again: %s", ErrIncomplete, complaint.line(path))
	}
	if int64(got) < frames-slack {
		return fmt.Errorf("%w: %d of %d frames are in it", ErrIncomplete, got, frames)
	}
	return nil
}

// counter counts the bytes written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

var _ io.Writer = new(counter)
