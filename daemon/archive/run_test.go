package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/daemon/clean"
	"github.com/stillmic/stillmic/model"
)

// place is a folder with recordings and a manifest of them.
type place struct {
	*testing.T
	folder, manifest, report string
	banks                    atomic.Int64 // recordings begun to be cleaned
	each                     func()       // before every hop
	flags                    map[string]string
}

// newPlace makes recordings of 0.2 s.
func newPlace(t *testing.T, names ...string) *place {
	t.Helper()
	dir := t.TempDir()
	p := &place{T: t, folder: dir, manifest: filepath.Join(dir, "list.tsv"), report: filepath.Join(dir, "reports") + "/",
		flags: map[string]string{"strength": "max"}}
	text := "input\toutput\tseconds\n"
	for i, name := range names {
		p.record(name, 9600, i)
		text += fmt.Sprintf("%s\t%s\t0.2\n", p.in(name), p.out(name))
	}
	p.write(p.manifest, text)
	return p
}

func (p *place) in(name string) string  { return filepath.Join(p.folder, name) }
func (p *place) out(name string) string { return filepath.Join(p.folder, "out", name) }

func (p *place) write(path, text string) {
	p.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.Fatal(err)
	}
}

func (p *place) read(path string) string {
	p.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		p.Fatal(err)
	}
	return string(b)
}

func (p *place) record(name string, frames, seed int) {
	p.Helper()
	x := make([]float32, frames)
	for i := range x {
		x[i] = 0.3 * float32((i*(seed+3))%97-48) / 48
	}
	if err := wav.WriteFile(p.in(name), pcm.Format{Rate: 48000, Channels: 1, Encoding: pcm.Int16}, x); err != nil {
		p.Fatal(err)
	}
}

// slowProcessor is a Processor with a hook.
type slowProcessor struct {
	recording.Processor
	each func()
}

func (b slowProcessor) Process(dst, src [][]float32) {
	b.each()
	b.Processor.Process(dst, src)
}

// task is a run over the manifest.
func (p *place) task(s Shard) Task {
	p.Helper()
	r, err := OpenReport(p.report, s)
	if err != nil {
		p.Fatal(err)
	}
	return Task{Manifest: p.manifest, Shard: s, Report: r, Check: CheckSHA256, Program: program, Settings: p.settings}
}

var program = Program{Version: "0.1.0", Network: "small", Weights: strings.Repeat("0f", 32)}

func (p *place) settings(Row) (Settings, error) {
	w, err := model.Small()
	if err != nil {
		return Settings{}, err
	}
	o := clean.Options{TruePeak: -1, NewProcessor: func(channels, _ int) (recording.Processor, error) {
		p.banks.Add(1)
		b, err := recording.NewProcessor(w, channels, recording.ProcessorOptions{Strength: 100})
		if p.each != nil {
			b = slowProcessor{b, p.each}
		}
		return b, err
	}}
	return Settings{o, p.flags}, nil
}

// run runs a shard and closes the report.
func (p *place) run(ctx context.Context, s Shard) (Counts, error) {
	p.Helper()
	t := p.task(s)
	c, err := t.Run(ctx)
	if err := t.Report.Close(); err != nil {
		p.Fatal(err)
	}
	return c, err
}

// want runs the whole and compares.
func (p *place) want(done, skipped, failed int) {
	p.Helper()
	c, err := p.run(p.Context(), Shard{0, 1})
	if err != nil || c.Done != done || c.Skipped != skipped || c.Failed != failed {
		p.Errorf("%+v, %v; want %d done, %d done before, %d failed", c, err, done, skipped, failed)
	}
}

// records returns all lines of all reports.
func (p *place) records() (all []Record) {
	p.Helper()
	paths, err := Reports(p.report)
	if err != nil {
		p.Fatal(err)
	}
	for _, path := range paths {
		for line := range strings.Lines(p.read(path)) {
			var r Record
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				p.Fatal(err)
			}
			all = append(all, r)
		}
	}
	return all
}

func TestRunIsIdempotent(t *testing.T) {
	p := newPlace(t, "a.wav", "b.wav", "c.wav")
	p.want(3, 0, 0)
	first := p.read(p.out("b.wav"))
	p.want(0, 3, 0)
	if n := p.banks.Load(); n != 3 {
		t.Errorf("%d recordings were cleaned, want 3", n)
	}
	sum, size, err := checksum(t.Context(), p.out("a.wav"))
	if err != nil {
		t.Fatal(err)
	}
	if r := p.records()[0]; r.OutputSHA256 != sum || r.OutputBytes != size || r.Seconds != 0.2 || r.Version != "0.1.0" || r.CPU <= 0 {
		t.Errorf("the record is %+v", r)
	}

	// A result that is gone, or has another byte, is made again, one that its report does not know is not replaced.
	if err := os.Remove(p.out("a.wav")); err != nil {
		t.Fatal(err)
	}
	p.want(1, 2, 0)
	p.write(p.out("b.wav"), first[:len(first)-1]+"x")
	p.want(0, 2, 1)
	if got := p.read(p.out("b.wav")); got != first[:len(first)-1]+"x" {
		t.Error("a file that somebody changed was replaced")
	}
	if last := p.records(); !strings.Contains(last[len(last)-1].Error, "it exists; add --overwrite") {
		t.Errorf("the record is %+v", last[len(last)-1])
	}
	p.write(p.out("b.wav"), first)
	p.want(0, 3, 0) // what was done counts, although it failed since

	// Another setting, and a recording that has grown, are cleaned anew over what was there.
	p.flags = map[string]string{"strength": "30"}
	p.want(3, 0, 0)
	p.record("c.wav", 12000, 7)
	p.want(1, 2, 0)
}

// TestRunAfterKill: a program that is killed between the record and the rename, or in the midst of a line,
// has done nothing by halves.
func TestRunAfterKill(t *testing.T) {
	p := newPlace(t, "a.wav", "b.wav")
	p.want(2, 0, 0)
	whole := p.read(p.out("a.wav"))
	paths, err := Reports(p.report)
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	// The record is there, the result is not, but what was to become it.
	left := filepath.Join(p.folder, "out", ".a.wav.stillmic-123.tmp.wav")
	if err := os.Rename(p.out("a.wav"), left); err != nil {
		t.Fatal(err)
	}
	// And half a line.
	f, err := os.OpenFile(paths[0], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"schema":1,"row":"12`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	p.want(1, 1, 0)
	if got := p.read(p.out("a.wav")); got != whole {
		t.Error("the second result differs from the first")
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left: %v", left, err)
	}
	p.report = paths[0] // the file itself, whose half line is cut off
	p.want(0, 2, 0)
	if text := p.read(paths[0]); !strings.HasSuffix(text, "}\n") || strings.Contains(text, `"row":"12`+"\n") {
		t.Errorf("the report ends in %q", text[len(text)-30:])
	}
}

// TestShardsTogether: all shards at once do every recording once, also those that others have begun.
func TestShardsTogether(t *testing.T) {
	var names []string
	for i := range 40 {
		names = append(names, fmt.Sprintf("%02d.wav", i))
	}
	p := newPlace(t, names...)
	done := make(chan int)
	for i := range 4 {
		go func() {
			c, err := p.run(context.Background(), Shard{i, 4})
			if err != nil || c.Failed > 0 {
				t.Errorf("%+v, %v", c, err)
			}
			done <- c.Done
		}()
	}
	sum := 0
	for range 4 {
		sum += <-done
	}
	if sum != 40 {
		t.Errorf("%d recordings were cleaned, want 40", sum)
	}
	p.want(0, 40, 0) // of another number of shards
}

// TestRunGoesOn: what cannot be cleaned keeps no other from it, and is tried again.
func TestRunGoesOn(t *testing.T) {
	p := newPlace(t, "a.wav", "b.wav", "c.wav")
	p.write(p.in("b.wav"), "this is no recording")
	if err := os.Remove(p.in("c.wav")); err != nil {
		t.Fatal(err)
	}
	p.want(1, 0, 2)
	all := p.records()
	if !strings.Contains(all[1].Error, "text file") || !strings.Contains(all[2].Error, "no such file") || all[1].OutputSHA256 != "" {
		t.Errorf("the records are %+v", all[1:])
	}
	p.record("b.wav", 9600, 1)
	p.want(1, 1, 1)
}

// TestRunPanics: a mistake in the program ends one recording.
func TestRunPanics(t *testing.T) {
	p := newPlace(t, "a.wav", "b.wav")
	first := true
	p.each = func() {
		if first {
			first = false
			panic("mistake")
		}
	}
	p.want(1, 0, 1)
	if all := p.records(); !strings.Contains(all[0].Error, "a mistake in stillmic itself") {
		t.Errorf("the record is %+v", all[0])
	}
}

// TestRunStops: asked to end, a run gives up a long recording in time, finishes a short one, and leaves
// nothing by halves.
func TestRunStops(t *testing.T) {
	for _, long := range []bool{false, true} {
		p := newPlace(t, "a.wav", "b.wav")
		if long {
			p.record("a.wav", 48000*60, 0) // at the pace of the processor below, it takes two minutes
		}
		ctx, stop := context.WithCancel(t.Context())
		p.each = func() { stop(); time.Sleep(20 * time.Millisecond) }
		began := time.Now()
		c, err := p.run(ctx, Shard{0, 1})
		took := time.Since(began)
		if !errors.Is(err, ErrStopped) || took > 2*Grace {
			t.Errorf("after %v: %v", took, err)
		}
		if want := map[bool]int{false: 1, true: 0}[long]; c.Done != want || len(p.records()) != want {
			t.Errorf("%+v, %d records, want %d done", c, len(p.records()), want)
		}
		list, err := os.ReadDir(filepath.Join(p.folder, "out"))
		if err != nil || len(list) != c.Done {
			t.Errorf("left are %v, %v", list, err)
		}
	}
}

// TestRunEndsByTheMachine: a full disk ends the run, and the rest is left for another.
func TestRunEndsByTheMachine(t *testing.T) {
	p := newPlace(t, "a.wav", "b.wav", "c.wav")
	task := p.task(Shard{0, 1})
	own := task.Settings
	task.Settings = func(r Row) (Settings, error) {
		s, err := own(r)
		if strings.HasSuffix(r.Input, "b.wav") {
			s.Options.NewProcessor = func(int, int) (recording.Processor, error) {
				return nil, &os.PathError{Op: "write", Path: "b.wav", Err: syscall.ENOSPC}
			}
		}
		return s, err
	}
	c, err := task.Run(t.Context())
	var machine *MachineError
	if !errors.As(err, &machine) || !errors.Is(err, syscall.ENOSPC) || c.Done != 1 || c.Failed != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if err := task.Report.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.out("c.wav")); err == nil {
		t.Error("the run went on")
	}
	p.want(2, 1, 0)
}

// TestRunLooksFirst: a mistake in the last line of a manifest shows up before anything is cleaned.
func TestRunLooksFirst(t *testing.T) {
	p := newPlace(t, "a.wav")
	p.write(p.manifest, p.read(p.manifest)+"x\n")
	_, err := p.run(t.Context(), Shard{0, 1})
	var format *FormatError
	if !errors.As(err, &format) || p.banks.Load() != 0 {
		t.Errorf("%v after %d recordings", err, p.banks.Load())
	}
}

// TestReportIsOnes: two processes never write one report.
func TestReportIsOnes(t *testing.T) {
	p := newPlace(t, "a.wav")
	task := p.task(Shard{1, 2})
	defer task.Report.Close()
	if _, err := OpenReport(p.report, Shard{1, 2}); !errors.Is(err, ErrBusy) {
		t.Errorf("%v, want that it is busy", err)
	}
	p.task(Shard{0, 2}).Report.Close()
}
