package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/audioio/wav"
)

// excerpt is how much of a recording a sample has, in seconds.
const excerpt = 30

// sampled is one recording on the page.
type sampled struct {
	Input         string
	Before, After string // file names
	*Record
	Error string
}

// Sample cleans excerpts of n recordings, spread evenly over a manifest, into a new folder, and
// writes a page there on which they are heard before and after. Its manifest and report stay in
// the folder. t says how; its manifest must be a file. It returns the page.
func Sample(ctx context.Context, t Task, n int, folder string) (page string, err error) {
	if list, err := os.ReadDir(folder); err == nil && len(list) > 0 {
		return "", fmt.Errorf("%s is not empty; name a new folder for the sample", folder)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("make the folder of the sample: %w", err)
	}
	rows, err := spread(t.Manifest, n)
	if err != nil {
		return "", err
	}
	all, excerpts, err := cutAll(ctx, rows, folder)
	if err != nil {
		return "", err
	}
	if err := t.cleanExcerpts(ctx, folder, excerpts); err != nil {
		return "", err
	}
	for _, s := range all {
		if s.Error != "" {
			continue
		}
		row := Row{Input: filepath.Join(folder, s.Before), Output: filepath.Join(folder, s.After)}
		if s.Record, err = t.Report.Find(row.Key()); err != nil {
			return "", err
		}
		s.Error = s.Record.Error
	}
	page = filepath.Join(folder, "index.html")
	return page, WriteFile(page, false, func(w io.Writer) error { return sampleTemplate.Execute(w, all) })
}

// spread returns n rows of a manifest, evenly spread, or all.
func spread(manifest string, n int) (rows []Row, err error) {
	total := 0
	if err := each(manifest, func(Row) error { total++; return nil }); err != nil {
		return nil, err
	}
	n = min(n, total)
	at := 0
	err = each(manifest, func(r Row) error {
		// The middle of each of n equal parts.
		if len(rows) < n && at == (2*len(rows)+1)*total/(2*n) {
			rows = append(rows, r)
		}
		at++
		return nil
	})
	return rows, err
}

// cutAll cuts the excerpts, and returns them as rows, too.
func cutAll(ctx context.Context, rows []Row, folder string) (all []*sampled, excerpts []Row, err error) {
	for i, r := range rows {
		s := &sampled{Input: r.Input, Before: fmt.Sprintf("%02d-before.wav", i+1), After: fmt.Sprintf("%02d-after.wav", i+1)}
		if err := cut(ctx, r.Input, filepath.Join(folder, s.Before)); ctx.Err() != nil {
			return nil, nil, ErrStopped
		} else if err != nil {
			s.Error = err.Error()
		} else {
			r.Input, r.Output = filepath.Join(folder, s.Before), filepath.Join(folder, s.After)
			excerpts = append(excerpts, r)
		}
		all = append(all, s)
	}
	return all, excerpts, nil
}

// cut writes the middle of a recording as WAV.
func cut(ctx context.Context, path, out string) (err error) {
	r, err := recording.Open(path)
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	want := int64(excerpt * r.Rate())
	skip := max(0, (r.Frames()-want)/2) // an unknown length is -1
	var kept []float32
	p := make([]float32, 4800*r.Channels())
	for at := int64(0); at < skip+want; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(p)
		if n == 0 && pcm.IsEnd(err) {
			break
		}
		if n == 0 {
			return fmt.Errorf("cannot read %s: %w", path, err)
		}
		from, to := max(skip-at, 0), min(skip+want-at, int64(n))
		if from < to {
			kept = append(kept, p[from*int64(r.Channels()):to*int64(r.Channels())]...)
		}
		at += int64(n)
	}
	if len(kept) == 0 {
		return fmt.Errorf("cannot read %s: it holds no samples", path)
	}
	f := r.Format()
	f.Encoding = pcm.Int24 // which every browser plays
	return wav.WriteFile(out, f, kept)
}

// cleanExcerpts cleans what was cut as a manifest of its own, and opens its report anew.
func (t *Task) cleanExcerpts(ctx context.Context, folder string, excerpts []Row) error {
	t.Manifest, t.Shard = filepath.Join(folder, "sample.tsv"), Shard{0, 1}
	err := WriteFile(t.Manifest, false, func(w io.Writer) error {
		m, err := NewWriter(w, SettingColumns)
		for _, r := range excerpts {
			err = errors.Join(err, m.Write(r))
		}
		return errors.Join(err, m.Close())
	})
	if err != nil {
		return err
	}
	report := filepath.Join(folder, "sample"+reportEnd)
	if t.Report, err = OpenReport(report, t.Shard); err != nil {
		return err
	}
	if _, err := t.Run(ctx); err != nil {
		return errors.Join(err, t.Report.Close())
	}
	if err := t.Report.Close(); err != nil {
		return err
	}
	if t.Report, err = OpenReport(report, t.Shard); err != nil {
		return err
	}
	return t.Report.Close() // it is only read from here on
}
