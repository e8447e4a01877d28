//go:build linux

package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

// TestOverhead: 1,000 recordings of 5 s take as much processor time as the same sound in ten pieces, within
// 10 %. Batches of a hundred and pieces take turns, so that what else the machine does meets both.
func TestOverhead(t *testing.T) {
	if os.Getenv("STILLMIC_LONG") == "" {
		t.Skip("takes minutes; set STILLMIC_LONG=1")
	}
	const batches, count, length = 10, 100, 5 * dsp.SampleRate
	x := (&collection{T: t}).speech(count * length)
	pure, many := 0.0, 0.0
	for i := range batches {
		c := &collection{T: t, folder: filepath.Join(t.TempDir(), fmt.Sprint(i))}
		c.needProgram()
		for i := range count {
			c.write(fmt.Sprintf("%02d/%03d.wav", i/10, i), x[i*length:][:length])
		}
		list, _, reports := c.manifest("many")
		c.write("../one.wav", x) // beside the folder that is listed
		one := c.processorTime("clean", filepath.Join(c.folder, "one.wav"), filepath.Join(c.folder, "one-out.wav"))
		batch := c.processorTime("clean", "--manifest", list, "--report", reports, "--jobs", "1")
		t.Logf("one of %d s: %.2f s of processor time, %d of 5 s: %.2f s", count*5, one, count, batch)
		pure += one
		many += batch
	}
	t.Logf("%d recordings take %.1f s of processor time, %.1f %% more than %d pieces", batches*count, many, 100*(many/pure-1), batches)
	if many > 1.1*pure {
		t.Errorf("%.1f s of processor time, want %.1f at most", many, 1.1*pure)
	}
}

// processorTime returns that of the program, in s.
func (c *collection) processorTime(args ...string) float64 {
	c.Helper()
	cmd := exec.Command(c.program, args...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		c.Fatalf("%v\n%s", err, out)
	}
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
}
