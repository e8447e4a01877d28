package pulse

import (
	"slices"
	"testing"

	"github.com/jfreymuth/pulse/proto"
)

// Programs count as those of an output that is taken away however long ago it was looked, as nobody
// looks while they pause; those that have left count for a short while.
func TestLately(t *testing.T) {
	own := &proto.GetSinkInfoReply{SinkIndex: 7}
	played := proto.GetSinkInputInfoListReply{
		{SinkInputIndex: 1, SinkIndex: 7, Corked: true}, {SinkInputIndex: 2, SinkIndex: 3},
	}
	moved := proto.GetSinkInputInfoListReply{{SinkInputIndex: 1, SinkIndex: 3}, {SinkInputIndex: 2, SinkIndex: 3}}
	var l lately
	check := func(when string, want ...uint32) {
		t.Helper()
		if got := l.players(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	check("at first")
	l.note(own, played)
	check("paused", 1)
	l.note(own, moved)
	check("just moved", 1)
	l.gone = l.gone.Add(-2 * lateEnough)
	l.note(own, moved)
	check("gone for long")
	l.note(own, played)
	check("back", 1)
}
