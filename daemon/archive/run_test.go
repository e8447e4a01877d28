package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio/recording"
)

func TestRunIsIdempotent(t *testing.T) {
	p := newPlace(t, "a.wav", "b.wav", "c.wav")
	p.want(3, 0, 0)
	first := p.read(p.out("b.wav"))
	p.want(0, 3, 0)
	if n := p.begun.Load(); n != 3 {
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
	if !errors.As(err, &format) || p.begun.Load() != 0 {
		t.Errorf("%v after %d recordings", err, p.begun.Load())
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
