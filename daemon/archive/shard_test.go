package archive

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseShard(t *testing.T) {
	for text, want := range map[string]Shard{"": {0, 1}, "0/1": {0, 1}, "7/8": {7, 8}} {
		if got, err := ParseShard(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"8/8", "1", "-1/8", "a/b", "0/0", "1/2/3", "0/1000001"} {
		if _, err := ParseShard(text); err == nil || !strings.Contains(err.Error(), "use I/N") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestSharesAreBalanced: every row is dealt to one shard, none has more than another by more than
// the longest recording, and rows that come later move none.
func TestSharesAreBalanced(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 40).Draw(t, "count")
		lengths := rapid.SliceOfN(rapid.Int64Range(1, 4*3600_000), 0, 300).Draw(t, "lengths")
		sums := make([]int64, count)
		var dealt []int
		longest := int64(0)
		shares := NewShares(count)
		for _, l := range lengths {
			i := shares.Deal(Row{Length: l})
			for other := range sums {
				if sums[other] < sums[i] || sums[other] == sums[i] && other < i {
					t.Fatalf("shard %d was dealt a row, %d had less", i, other)
				}
			}
			sums[i] += l
			dealt = append(dealt, i)
			longest = max(longest, l)
		}
		for _, a := range sums {
			for _, b := range sums {
				if a-b > longest {
					t.Fatalf("%d ms more than another, the longest has %d", a-b, longest)
				}
			}
		}
		again := NewShares(count)
		for i, l := range append(lengths, 5000, 70_000) {
			if got := again.Deal(Row{Length: l}); i < len(dealt) && got != dealt[i] {
				t.Fatalf("row %d is in shard %d, was in %d", i, got, dealt[i])
			}
		}
	})
}

// TestSharesOfUnknownLengths: they go round where none is known, and count as the mean of those before else.
func TestSharesOfUnknownLengths(t *testing.T) {
	s := NewShares(3)
	for i := range 9 {
		if got := s.Deal(Row{}); got != i%3 {
			t.Errorf("row %d is in shard %d", i, got)
		}
	}
	s = NewShares(2)
	for i, c := range []struct {
		length int64
		want   int
	}{{1000, 0}, {3000, 1}, {0, 0}, {0, 0}, {0, 1}} { // 0: 1000, 3000, 5000; 1: 3000, 5000
		if got := s.Deal(Row{Length: c.length}); got != c.want {
			t.Errorf("row %d is in shard %d, want %d", i, got, c.want)
		}
	}
}
