package archive

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// Shard is a part of a manifest: Index of Count, from 0.
type Shard struct{ Index, Count int }

// maxShards bounds what a mistyped number takes.
const maxShards = 1_000_000

// ParseShard reads "I/N", the whole for "".
func ParseShard(s string) (Shard, error) {
	if s == "" {
		return Shard{0, 1}, nil
	}
	index, count, ok := strings.Cut(s, "/")
	i, err := strconv.Atoi(index)
	n, wrong := strconv.Atoi(count)
	if !ok || errors.Join(err, wrong) != nil || i < 0 || n < 1 || i >= n || n > maxShards {
		return Shard{}, fmt.Errorf("invalid shard %q: use I/N with I from 0 to N-1, like 0/8 to 7/8", s)
	}
	return Shard{i, n}, nil
}

// String returns the shard as --shard takes it: I/N.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }

// unknownLength is what a recording counts whose length the manifest does not tell, in ms,
// as long as none was told.
const unknownLength = 60_000

// Shares deals the rows of a manifest to shards: in the order of the file, each to the shard
// that has the least so far, of several to the lowest. A recording of unknown length counts
// as much as the mean of those before it. So no shard has more than another by more than the
// longest recording, and rows that are added at the end move no other. Lengths are whole
// milliseconds, so that every machine deals alike.
type Shares struct {
	heap  []share // the one with the least first
	known int64   // sum of the known lengths, ms
	rows  int64   // with a known length
}

type share struct {
	length int64
	index  int
}

func (s share) before(o share) bool {
	return s.length < o.length || s.length == o.length && s.index < o.index
}

// NewShares returns empty shares.
func NewShares(count int) *Shares {
	s := &Shares{heap: make([]share, count)}
	for i := range s.heap {
		s.heap[i].index = i
	}
	return s
}

// Deal returns the index of the shard that a row belongs to.
func (s *Shares) Deal(r Row) int {
	length := r.Length
	switch {
	case length > 0:
		s.known += length
		s.rows++
	case s.rows > 0:
		length = s.known / s.rows
	default:
		length = unknownLength
	}
	index := s.heap[0].index
	s.heap[0].length += length
	s.sink()
	return index
}

// sink puts the first share, which has grown, in its place.
func (s *Shares) sink() {
	h := s.heap
	for at := 0; ; {
		least := at
		for _, child := range [2]int{2*at + 1, 2*at + 2} {
			if child < len(h) && h[child].before(h[least]) {
				least = child
			}
		}
		if least == at {
			return
		}
		h[at], h[least] = h[least], h[at]
		at = least
	}
}

// Total is what a part of a manifest holds.
type Total struct {
	Rows    int64 `json:"recordings"`
	Unknown int64 `json:"of_unknown_length,omitempty"`
	Length  int64 `json:"milliseconds"` // of the others
}

func (t *Total) add(r Row) {
	t.Rows++
	t.Length += r.Length
	if r.Length == 0 {
		t.Unknown++
	}
}

// Hours returns the known length.
func (t Total) Hours() float64 { return float64(t.Length) / 3.6e6 }

// Totals reads a manifest through and returns what each of a number of shards holds.
func Totals(path string, shards int) ([]Total, error) {
	totals := make([]Total, shards)
	shares := NewShares(shards)
	err := each(path, func(r Row) error {
		totals[shares.Deal(r)].add(r)
		return nil
	})
	return totals, err
}

// each hands every row of a manifest on; "-" is the standard input.
func each(path string, take func(Row) error) (err error) {
	f := os.Stdin
	if path != "-" {
		if f, err = os.Open(path); err != nil {
			return &FormatError{fmt.Errorf("read the manifest: %w", err)}
		}
		defer f.Close()
	}
	m, err := NewReader(f, path)
	if err != nil {
		return err
	}
	for {
		r, err := m.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := take(r); err != nil {
			return err
		}
	}
}
