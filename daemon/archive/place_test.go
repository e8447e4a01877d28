package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

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
	begun                    atomic.Int64 // recordings begun to be cleaned
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

func (p *place) in(name string) string { return filepath.Join(p.folder, name) }

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
		p.begun.Add(1)
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
