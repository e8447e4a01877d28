package ffmpeg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
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

// checkSound has ffmpeg decode the n-th sound of a file that it has written, counted from
// 0, which must have a number of frames and of channels. It returns ffmpeg's processor time.
func checkSound(path string, n int, frames int64, channels int) (took time.Duration, err error) {
	program, err := exec.LookPath("ffmpeg")
	if err != nil {
		return 0, ErrNotInstalled
	}
	args := append([]string{"-nostdin", "-v", "error"}, fromFile(path)...)
	// One byte a sample is enough to count. The header says how many channels there are.
	cmd := exec.Command(program, append(args, "-map", fmt.Sprintf("0:a:%d", n), "-c:a", "pcm_u8", "-f", "wav", "pipe:1")...)
	complaint, got := &tail{}, counter{}
	cmd.Stdout, cmd.Stderr = &got, complaint
	err = cmd.Run()
	took = processorTime(cmd.ProcessState)
	if err != nil {
		return took, fmt.Errorf("%w: ffmpeg cannot read it again: %s", ErrIncomplete, complaint.line(path))
	}
	switch n := got.channels(); {
	case n == 0:
		return took, fmt.Errorf("%w: there is no sound in it", ErrIncomplete)
	case n != channels:
		return took, fmt.Errorf("%w: it has %d channels, not %d", ErrIncomplete, n, channels)
	case got.bytes/int64(n) < frames-slack:
		return took, fmt.Errorf("%w: %d of %d frames are in it", ErrIncomplete, got.bytes/int64(n), frames)
	}
	return took, nil
}

// counter counts the bytes of a WAV file of 8 bits that is written to it. The header is
// within the slack.
type counter struct {
	bytes int64
	head  []byte
}

func (c *counter) Write(p []byte) (int, error) {
	c.bytes += int64(len(p))
	if n := channelsAt + 2 - len(c.head); n > 0 {
		c.head = append(c.head, p[:min(n, len(p))]...)
	}
	return len(p), nil
}

// channelsAt is where a WAV file whose first chunk is the format says how many channels
// there are.
const channelsAt = 22

// channels is how many channels the file has, 0 if it is none.
func (c *counter) channels() int {
	if len(c.head) < channelsAt+2 || string(c.head[12:16]) != "fmt " {
		return 0
	}
	return int(binary.LittleEndian.Uint16(c.head[channelsAt:]))
}
