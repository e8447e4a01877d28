package archive

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// worst is how many recordings each list of the worst has.
const worst = 10

// Summary is what reports say together, of every row what holds at last.
type Summary struct {
	Done    int     `json:"done"`
	Failed  int     `json:"failed"`
	Missing int     `json:"missing"` // rows without a record, or whose result is not there as it was written
	Hours   float64 `json:"hours"`   // of those done
	Took    float64 `json:"took_hours"`
	CPU     float64 `json:"cpu_hours,omitempty"`
	Speed   float64 `json:"speed"` // times real time, of one task
	Warned  int     `json:"with_warnings"`

	Versions  map[string]int `json:"versions"`
	Failures  []Entry        `json:"failures"`
	Missed    []Entry        `json:"missing_recordings"`
	Noisiest  []Entry        `json:"most_noise_left"`
	Voiceless []Entry        `json:"least_speech"`
	Slowest   []Entry        `json:"slowest"`

	Distributions []*Distribution `json:"distributions"`
}

// Entry is one recording in a list.
type Entry struct {
	Input string  `json:"input"`
	Text  string  `json:"text,omitempty"`
	Value float64 `json:"value,omitempty"`
}

// maxListed bounds the lists of failed and missing recordings; the table for a spreadsheet has all.
const maxListed = 1000

// Merge is the reading of several reports. It keeps some 100 bytes of every row.
type Merge struct {
	paths []string
	last  map[uint64]last
	rows  map[uint64]bool // of the manifest; nil without one
	gone  map[uint64]bool // done, but the result is not there
}

// last is the record of a row that holds.
type last struct {
	path   int32
	status Status
	at     int64
	time   int64 // when it was finished, ns
}

// NewMerge reads reports; folders stand for all in them. Of a row's records one that says done
// holds, else the last.
func NewMerge(paths []string) (*Merge, error) {
	m := &Merge{paths: paths, last: map[uint64]last{}, gone: map[uint64]bool{}}
	for i, path := range paths {
		if err := eachRecord(path, func(at int64, line []byte) error { return m.take(int32(i), at, line) }); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// take notes a record if it holds above the one before.
func (m *Merge) take(path int32, at int64, line []byte) error {
	r, key, err := parseRecord(line)
	if err != nil {
		return err
	}
	now := last{path, r.Status, at, r.Finished.UnixNano()}
	before, known := m.last[key]
	if !known || now.status == Done && before.status != Done || now.status == before.status && now.time >= before.time {
		m.last[key] = now
	}
	return nil
}

func parseRecord(line []byte) (*Record, uint64, error) {
	var r Record
	if err := json.Unmarshal(line, &r); err != nil {
		return nil, 0, err
	}
	if r.Schema != Schema {
		return nil, 0, fmt.Errorf("it has format %d, known is %d", r.Schema, Schema)
	}
	key, err := strconv.ParseUint(r.Row, 16, 64)
	return &r, key, err
}

// Holding hands on the record of every row that holds, in the order of the reports. What a
// manifest does not name is left out, once there is one.
func (m *Merge) Holding(take func(*Record) error) error {
	for i, path := range m.paths {
		err := eachRecord(path, func(at int64, line []byte) error {
			r, key, err := parseRecord(line)
			if err != nil {
				return err
			}
			if l := m.last[key]; l.path != int32(i) || l.at != at || m.rows != nil && !m.rows[key] {
				return nil
			}
			return take(r)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Against reads the manifest that the reports are about.
func (m *Merge) Against(manifest string) error {
	m.rows = map[uint64]bool{}
	return each(manifest, func(r Row) error {
		key, err := strconv.ParseUint(r.Key(), 16, 64)
		m.rows[key] = true
		return err
	})
}

// Verify holds the results against their records.
func (m *Merge) Verify(ctx context.Context, c Check) error {
	return m.Holding(func(r *Record) error {
		if r.Status != Done {
			return nil
		}
		ok, err := c.holds(ctx, r)
		if err == nil && !ok {
			var key uint64
			key, err = strconv.ParseUint(r.Row, 16, 64)
			m.gone[key] = true
		}
		return err
	})
}

// Status returns what became of a row: "missing" where there is no result and no error.
func (m *Merge) Status(r *Record) string {
	if key, err := strconv.ParseUint(r.Row, 16, 64); err == nil && m.gone[key] {
		return "missing"
	}
	return string(r.Status)
}

// Missing hands on the rows of the manifest without a record.
func (m *Merge) Missing(manifest string, take func(Row) error) error {
	return each(manifest, func(r Row) error {
		key, err := strconv.ParseUint(r.Key(), 16, 64)
		if _, known := m.last[key]; err != nil || known {
			return err
		}
		return take(r)
	})
}

// Summarise reads all once more; manifest may be "".
func (m *Merge) Summarise(manifest string) (*Summary, error) {
	s := &Summary{Versions: map[string]int{}, Failures: []Entry{}, Missed: []Entry{}, Distributions: distributions()}
	took := 0.0
	err := m.Holding(func(r *Record) error {
		switch m.Status(r) {
		case string(Failed):
			s.Failed++
			s.Failures = listed(s.Failures, Entry{Input: r.Input, Text: r.Error})
		case string(Done):
			s.add(r)
			took += r.Took
		default:
			s.Missing++
			s.Missed = listed(s.Missed, Entry{Input: r.Input, Text: "its result is gone, or another file"})
		}
		return nil
	})
	if err == nil && manifest != "" {
		err = m.Missing(manifest, func(r Row) error {
			s.Missing++
			s.Missed = listed(s.Missed, Entry{Input: r.Input, Text: "not cleaned yet"})
			return nil
		})
	}
	s.Took = took / 3600
	if took > 0 {
		s.Speed = s.Hours / s.Took
	}
	return s, err
}

// listed adds to a list that does not grow for ever.
func listed(list []Entry, e Entry) []Entry {
	if len(list) >= maxListed {
		return list
	}
	return append(list, e)
}

// add takes a recording that is done.
func (s *Summary) add(r *Record) {
	s.Done++
	s.Hours += r.Seconds / 3600
	s.CPU += r.CPU / 3600
	s.Versions[r.Version]++
	if len(r.Warnings) > 0 {
		s.Warned++
	}
	value := func(x *float64) float64 {
		if x == nil {
			return math.NaN()
		}
		return *x
	}
	speed := math.NaN()
	if r.Took > 0 {
		speed = r.Seconds / r.Took
	}
	s.Noisiest = extreme(s.Noisiest, Entry{Input: r.Input, Value: value(r.NoiseAfter)}, -1)
	s.Voiceless = extreme(s.Voiceless, Entry{Input: r.Input, Value: value(r.Speech)}, 1)
	s.Slowest = extreme(s.Slowest, Entry{Input: r.Input, Value: speed}, 1)
	for i, x := range []float64{r.Seconds / 60, speed, value(r.NoiseBefore), value(r.NoiseAfter), value(r.LoudnessBefore),
		value(r.LoudnessAfter), 100 * value(r.Speech)} {
		s.Distributions[i].add(x)
	}
}

// extreme adds to a list of the lowest values, of the highest for a sign of -1.
func extreme(list []Entry, e Entry, sign float64) []Entry {
	if math.IsNaN(e.Value) {
		return list
	}
	at, _ := slices.BinarySearchFunc(list, e, func(a, b Entry) int { return cmp.Compare(sign*a.Value, sign*b.Value) })
	list = slices.Insert(list, at, e)
	return list[:min(len(list), worst)]
}

// ExpandReports replaces folders by the reports in them.
func ExpandReports(paths []string) (all []string, err error) {
	for _, path := range paths {
		if !isFolder(path) {
			all = append(all, path)
			continue
		}
		in, err := Reports(path)
		if err != nil {
			return nil, err
		}
		all = append(all, in...)
	}
	if len(all) == 0 {
		return nil, errors.New("there is no report; reports end in " + reportEnd)
	}
	return all, nil
}
