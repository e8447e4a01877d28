//go:build linux

package cluster

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/archive"
	"github.com/stillmic/stillmic/daemon/synth"
	"github.com/stillmic/stillmic/dsp"
)

// What an archive has.
const (
	recordings = 200
	damaged    = 2
	hugeLength = 240 // seconds; the others have 2 to 3
)

// collection is an archive of recordings and the program that cleans it.
type collection struct {
	*testing.T
	program, folder string
}

// newCollection makes the recordings: WAV, FLAC and MP3, two damaged, one huge.
func newCollection(t *testing.T) *collection {
	t.Helper()
	c := &collection{T: t, folder: t.TempDir()}
	c.needProgram()
	huge := c.speech(hugeLength * dsp.SampleRate)
	c.write("huge.wav", huge)
	for i := range recordings - damaged - 1 {
		from := i * dsp.SampleRate
		length := 2*dsp.SampleRate + i*dsp.SampleRate/recordings
		kind := []string{"wav", "flac"}[i%2]
		if i%10 == 2 {
			kind = "mp3" // few: each starts ffmpeg five times
		}
		c.write(fmt.Sprintf("tape%d/%03d.%s", i%4, i, kind), huge[from:from+length])
	}
	c.put("tape0/text.wav", []byte("this is no recording"))
	whole, err := os.ReadFile(c.in("tape1/001.flac"))
	if err != nil {
		t.Fatal(err)
	}
	c.put("tape1/cut.flac", whole[:len(whole)/2])
	return c
}

// needProgram builds the program.
func (c *collection) needProgram() {
	c.Helper()
	program, err := stage.Program()
	if err != nil {
		c.Fatal(err)
	}
	c.program = program
}

// speech makes a voice over the noise of a fan, of some samples at 48 kHz.
func (c *collection) speech(length int) []float32 {
	c.Helper()
	voice, err := synth.Speech(c.Context(), "en-us", 0.3, synth.Sentences...)
	if errors.Is(err, synth.ErrNoEspeak) {
		c.Skip(err)
	} else if err != nil {
		c.Fatal(err)
	}
	synth.Scale(voice, 0.5)
	x := synth.Fan(length, 0.02, 1)
	for i := range x {
		x[i] += voice[i%len(voice)]
	}
	return x
}

func (c *collection) in(name string) string { return filepath.Join(c.folder, "in", name) }

// put writes a file.
func (c *collection) put(name string, content []byte) {
	c.Helper()
	if err := os.WriteFile(c.in(name), content, 0o600); err != nil {
		c.Fatal(err)
	}
}

// write writes a recording, by its name's ending.
func (c *collection) write(name string, x []float32) {
	c.Helper()
	path := c.in(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		c.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		c.Fatal(err)
	}
	defer f.Close()
	format := pcm.Format{Rate: dsp.SampleRate, Channels: 1, Encoding: pcm.Int16}
	w, err := recording.NewWriter(f, path, format, metadata.Metadata{})
	if err != nil {
		c.Fatal(err)
	}
	if err := errors.Join(w.Write(x), w.Close()); err != nil {
		c.Fatal(err)
	}
}

// run runs the program, which must end with a code, and returns what it printed.
func (c *collection) run(code int, args ...string) string {
	c.Helper()
	cmd := exec.Command(c.program, args...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if got := cmd.ProcessState.ExitCode(); got != code {
		c.Fatalf("stillmic %q: %v, exit code %d, want %d\n%s", args, err, got, code, errs.String())
	}
	return string(out)
}

// manifest lists the recordings, their results in a folder of their own.
func (c *collection) manifest(name string) (list, out, reports string) {
	c.Helper()
	dir := filepath.Join(c.folder, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		c.Fatal(err)
	}
	list, out, reports = filepath.Join(dir, "list.tsv"), filepath.Join(dir, "out"), filepath.Join(dir, "reports")+"/"
	c.run(0, "manifest", filepath.Join(c.folder, "in"), out, "--output", list)
	return list, out, reports
}

// checksums are those of all files in a folder, hidden ones included.
func (c *collection) checksums(dir string) map[string]string {
	c.Helper()
	sums := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		sum := sha256.Sum256(content)
		name, wrong := filepath.Rel(dir, path)
		sums[name] = hex.EncodeToString(sum[:])
		return errors.Join(err, wrong)
	})
	if err != nil {
		c.Fatal(err)
	}
	return sums
}

// reference cleans all in one process, and returns the checksums of the results.
func (c *collection) reference() map[string]string {
	c.Helper()
	list, out, reports := c.manifest("reference")
	c.run(1, "clean", "--manifest", list, "--report", reports)
	sums := c.checksums(out)
	if len(sums) != recordings-damaged {
		c.Fatalf("%d results, want %d", len(sums), recordings-damaged)
	}
	return sums
}

// wantSame holds the results of an engine against those of one process, and its reports
// against what is to be said. repeated is how many recordings may have been cleaned twice: killed
// between the line of the report and the name of the result.
func (c *collection) wantSame(list, out, reports string, want map[string]string, repeated int) {
	c.Helper()
	got := c.checksums(out)
	for name, sum := range want {
		if got[name] != sum {
			c.Errorf("%s differs or is missing", name)
		}
		delete(got, name)
	}
	for name := range got {
		c.Errorf("%s is left", name)
	}
	c.run(1, "manifest", "report", reports, "--manifest", list, "--verify", "--csv", out+".csv", "--html", out+".html")
	var s archive.Summary
	if err := json.Unmarshal([]byte(c.run(1, "manifest", "report", reports, "--manifest", list, "--verify", "--json")), &s); err != nil {
		c.Fatal(err)
	}
	c.Logf("%d done, %d failed, %d missing, %.2f hours, %.0f times real time, %.0f s of all tasks", s.Done, s.Failed, s.Missing, s.Hours,
		s.Speed, 3600*s.Took)
	if s.Done != recordings-damaged || s.Failed != damaged || s.Missing != 0 {
		c.Errorf("%d done, %d failed, %d missing", s.Done, s.Failed, s.Missing)
	}
	named := fmt.Sprint(s.Failures)
	if !strings.Contains(named, "text.wav") || !strings.Contains(named, "cut.flac") {
		c.Errorf("named are %s", named)
	}
	if again := c.doneTwice(reports); again > repeated {
		c.Errorf("%d recordings were done more than once, at most %d can have been", again, repeated)
	}
}

// doneTwice returns how many lines of reports say again that a recording is done.
func (c *collection) doneTwice(reports string) (again int) {
	c.Helper()
	done := map[string]bool{}
	for _, r := range c.records(reports) {
		if r.Status == archive.Done {
			if done[r.Row] {
				again++
			}
			done[r.Row] = true
		}
	}
	return again
}

// records returns all lines of reports so far.
func (c *collection) records(reports string) (all []archive.Record) {
	c.Helper()
	paths, err := archive.Reports(reports)
	if err != nil {
		c.Fatal(err)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			c.Fatal(err)
		}
		for line := range strings.Lines(string(content)) {
			var r archive.Record
			if strings.HasSuffix(line, "\n") {
				if err := json.Unmarshal([]byte(line), &r); err != nil {
					c.Fatal(err)
				}
				all = append(all, r)
			}
		}
	}
	return all
}
