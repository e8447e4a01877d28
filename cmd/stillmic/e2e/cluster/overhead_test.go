//go:build linux

package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stillmic/stillmic/dsp"
)

// TestOverhead: 1,000 recordings of 5 s take as much processor time as one of 5,000 s, within 10 %.
func TestOverhead(t *testing.T) {
	if os.Getenv("STILLMIC_LONG") == "" {
		t.Skip("takes minutes; set STILLMIC_LONG=1")
	}
	const count, length = 1000, 5 * dsp.SampleRate
	c := &collection{T: t, folder: t.TempDir()}
	c.needProgram()
	x := c.speech(count / 10 * length) // a tenth, ten times
	one := make([]float32, 0, count*length)
	for i := range count {
		from := i * length % len(x)
		c.write(fmt.Sprintf("%03d/%03d.wav", i/100, i), x[from:][:length])
		one = append(one, x[from:][:length]...)
	}
	list, _, reports := c.manifest("many")
	c.write("../one.wav", one) // beside the folder that is listed
	pure, pureWall := c.costs("clean", filepath.Join(c.folder, "one.wav"), filepath.Join(c.folder, "one-out.wav"))
	many, manyWall := c.costs("clean", "--manifest", list, "--report", reports, "--jobs", "1")
	t.Logf("one of %d s: %.1f s of processor time, %.1f s; %d of 5 s: %.1f s, %.1f s; %.1f %% more", count*5, pure, pureWall, count, many,
		manyWall, 100*(many/pure-1))
	if many > 1.1*pure {
		t.Errorf("%.1f s of processor time, want %.1f at most", many, 1.1*pure)
	}
}

// costs returns the processor time and the time that the program takes, in s.
func (c *collection) costs(args ...string) (processor, wall float64) {
	c.Helper()
	cmd := exec.Command(c.program, args...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		c.Fatalf("%v\n%s", err, out)
	}
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), time.Since(began).Seconds()
}
