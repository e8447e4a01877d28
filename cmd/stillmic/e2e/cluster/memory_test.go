//go:build linux

package cluster

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stillmic/stillmic/dsp"
)

// TestManifestMemory: ten times as many recordings take no more memory, nor do a million rows, of which a
// task finds its own in seconds.
func TestManifestMemory(t *testing.T) {
	c := &collection{T: t, folder: t.TempDir()}
	c.needProgram()
	x := c.speech(dsp.SampleRate / 2)
	few := c.peakOf(40, x)
	many := c.peakOf(400, x)
	list := filepath.Join(c.folder, "million.tsv")
	c.million(list, filepath.Join(c.folder, "40", "in", "0", "000.wav"))
	// When garbage is collected differs by run, so the better of two counts.
	million, took := math.Inf(1), time.Duration(math.MaxInt64)
	for range 2 {
		began := time.Now()
		report := filepath.Join(t.TempDir(), "million.jsonl")
		million = min(million, c.peak("clean", "--manifest", list, "--shard", "0/64", "--report", report, "--overwrite"))
		took = min(took, time.Since(began))
	}
	t.Logf("%.1f MB for 40 recordings, %.1f MB for 400; %.1f MB and %v for a task of a million rows", few, many, million, took)
	if many > few+8 || million > few+8 { // collecting garbage leaves some MB more or less
		t.Error("memory grows with the manifest")
	}
	if took > time.Minute {
		t.Errorf("a million rows took %v", took)
	}
}

// peakOf cleans a number of recordings and returns the most memory that took, in MB.
func (c *collection) peakOf(count int, x []float32) float64 {
	c.Helper()
	inner := &collection{c.T, c.program, filepath.Join(c.folder, strconv.Itoa(count))}
	for i := range count {
		inner.write(fmt.Sprintf("%d/%03d.wav", i%4, i), x)
	}
	list, _, reports := inner.manifest("all")
	return c.peak("clean", "--manifest", list, "--report", reports, "--jobs", "1")
}

// million writes a manifest of a million rows. The first, a recording that is there, is said to be so long
// that it is a shard by itself.
func (c *collection) million(path, first string) {
	c.Helper()
	f, err := os.Create(path)
	if err != nil {
		c.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "input\toutput\tseconds\tpreset")
	fmt.Fprintf(w, "%s\t%s\t900000000\t\n", first, filepath.Join(c.folder, "first.wav"))
	for i := range 1_000_000 - 1 {
		fmt.Fprintf(w, "/archive/tapes/%04d/recording-%07d.flac\t/cleaned/%04d/recording-%07d.flac\t%d.25\tpodcast\n",
			i/1000, i, i/1000, i, 30+i%3600)
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		c.Fatal(err)
	}
}

var peakLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peak runs the program and returns the most memory that it had resident, in MB. (What the system tells
// when it has ended may be the test's own, which was copied to start it.)
func (c *collection) peak(args ...string) (mb float64) {
	c.Helper()
	cmd := exec.CommandContext(c.Context(), c.program, args...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	if err := cmd.Start(); err != nil {
		c.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)) // gone when it has ended
		if m := peakLine.FindSubmatch(status); m != nil {
			kb, _ := strconv.ParseFloat(string(m[1]), 64)
			mb = max(mb, kb/1024)
		}
		select {
		case err := <-ended:
			if err != nil {
				c.Fatalf("stillmic %q: %v", args, err)
			}
			return mb
		case <-time.After(5 * time.Millisecond):
		}
	}
}
