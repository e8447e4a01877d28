package archive

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// reportEnd ends the name of a report.
const reportEnd = ".jsonl"

// ErrBusy: another process writes the same report.
var ErrBusy = errors.New("another process writes this report")

// Report is a file of records that lines are added to, and what earlier runs have left in it
// and in those beside it. It takes 24 bytes for every line there was.
type Report struct {
	mu    sync.Mutex
	file  *os.File
	size  int64
	paths []string // of all that are read
	lines []lineAt // sorted by key; of the same, as they were written
}

// lineAt is where a record begins.
type lineAt struct {
	key  uint64
	path int32 // index
	at   int64
}

// OpenReport opens a report to add to. A folder, or what ends like one, gets a report named
// after the shard, and what its other reports know counts as well; "-" is the standard
// output, which knows nothing. Half a line, left by a killed run, is cut off.
func OpenReport(path string, s Shard) (*Report, error) {
	if path == "-" {
		return &Report{file: os.Stdout, size: -1}, nil
	}
	r := &Report{paths: []string{path}}
	if st, err := os.Stat(path); err == nil && st.IsDir() || strings.HasSuffix(path, string(filepath.Separator)) {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return nil, fmt.Errorf("make the folder of reports: %w", err)
		}
		own, err := ownName(s)
		if err != nil {
			return nil, err
		}
		own = filepath.Join(path, own)
		if r.paths, err = Reports(path); err != nil {
			return nil, err
		}
		r.paths = slices.DeleteFunc(r.paths, func(p string) bool { return p == own })
		r.paths = append(r.paths, own)
	}
	if err := r.open(r.paths[len(r.paths)-1]); err != nil {
		return nil, err
	}
	for i := range r.paths {
		if err := r.index(i); err != nil {
			return nil, errors.Join(err, r.file.Close())
		}
	}
	slices.SortStableFunc(r.lines, func(a, b lineAt) int { return cmp.Compare(a.key, b.key) })
	return r, nil
}

// ownName is the name of a shard's report in a folder. The whole of a manifest may be a part
// of another that was sent by a pipe, so its report is its own.
func ownName(s Shard) (string, error) {
	if s.Count > 1 {
		return fmt.Sprintf("shard-%d-of-%d%s", s.Index, s.Count, reportEnd), nil
	}
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("name the report: %w", err)
	}
	return fmt.Sprintf("%s-%d%s", host, os.Getpid(), reportEnd), nil
}

// Reports lists the reports in a folder.
func Reports(folder string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(globEscape(folder), "*"+reportEnd))
	if err != nil {
		return nil, fmt.Errorf("list the reports in %s: %w", folder, err)
	}
	return paths, nil
}

// globEscape makes a pattern of a path that matches that alone.
func globEscape(path string) string {
	if filepath.Separator != '/' {
		return path // the other separator is the escape
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// open opens the file to add to, for this process alone, and cuts off half a line.
func (r *Report) open(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("open the report: %w", err)
	}
	if err := lockFile(f); err != nil {
		return errors.Join(fmt.Errorf("open the report %s: %w", path, err), f.Close())
	}
	size, err := wholeLines(f)
	if err == nil {
		err = f.Truncate(size)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("open the report: %w", err), f.Close())
	}
	r.file, r.size = f, size
	return nil
}

// wholeLines returns where the last whole line ends.
func wholeLines(f *os.File) (int64, error) {
	st, err := f.Stat()
	if err != nil {
		return 0, err
	}
	const step = 4096
	p := make([]byte, step)
	for end := st.Size(); end > 0; end -= step {
		begin := max(end-step, 0)
		n, err := f.ReadAt(p[:end-begin], begin)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if i := bytes.LastIndexByte(p[:n], '\n'); i >= 0 {
			return begin + int64(i) + 1, nil
		}
	}
	return 0, nil
}

// index notes where the records of a report are.
func (r *Report) index(path int) error {
	return eachRecord(r.paths[path], func(at int64, line []byte) error {
		var record struct{ Row string }
		if err := json.Unmarshal(line, &record); err != nil {
			return err
		}
		key, err := strconv.ParseUint(record.Row, 16, 64)
		if err == nil {
			r.lines = append(r.lines, lineAt{key, int32(path), at})
		}
		return err
	})
}

// eachRecord hands on every whole line of a report, and where it begins.
func eachRecord(path string, take func(at int64, line []byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read the report: %w", err)
	}
	defer f.Close()
	lines := bufio.NewReaderSize(f, 64<<10)
	for at, n := int64(0), 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) { // what follows is still written, or half
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the report: %w", err)
		}
		if err := take(at, line); err != nil {
			return fmt.Errorf("%s, line %d: not a line of a report: %w", path, n, err)
		}
		at += int64(len(line))
	}
}

// Find returns what the reports knew of a row when they were opened: the last that says it
// is done, else the last.
func (r *Report) Find(key string) (*Record, error) {
	k, err := strconv.ParseUint(key, 16, 64)
	if err != nil {
		return nil, err
	}
	at, _ := slices.BinarySearchFunc(r.lines, k, func(l lineAt, k uint64) int { return cmp.Compare(l.key, k) })
	var best *Record
	for ; at < len(r.lines) && r.lines[at].key == k; at++ {
		record, err := readRecord(r.paths[r.lines[at].path], r.lines[at].at)
		if err != nil {
			return nil, err
		}
		if best == nil || record.Status == Done || best.Status != Done {
			best = record
		}
	}
	return best, nil
}

// readRecord reads the record that begins somewhere in a file.
func readRecord(path string, at int64) (*Record, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	defer f.Close()
	var record Record
	if err := json.NewDecoder(io.NewSectionReader(f, at, 1<<20)).Decode(&record); err != nil {
		return nil, fmt.Errorf("read the report %s: %w", path, err)
	}
	return &record, nil
}

// Add adds a record, and returns when it is on the disk. One that does not fit leaves nothing.
func (r *Report) Add(record *Record) error {
	line, err := record.line()
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.file.Write(line); err != nil {
		err = fmt.Errorf("write the report: %w", err)
		if r.size >= 0 {
			err = errors.Join(err, r.file.Truncate(r.size))
		}
		return &MachineError{err}
	}
	if r.size < 0 {
		return nil
	}
	r.size += int64(len(line))
	if err := r.file.Sync(); err != nil {
		return &MachineError{fmt.Errorf("write the report: %w", err)}
	}
	return nil
}

// Close closes the file.
func (r *Report) Close() error {
	if r.size < 0 {
		return nil
	}
	if err := r.file.Close(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
