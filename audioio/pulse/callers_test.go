package pulse

import (
	"slices"
	"testing"

	"github.com/jfreymuth/pulse/proto"
)

// recording is a stream of a program as a server lists it.
func recording(index, source uint32, process string) *proto.GetSourceOutputInfoReply {
	return &proto.GetSourceOutputInfoReply{SourceOutpuIndex: index, SourceIndex: source, MediaName: "call",
		Properties: proto.PropList{"application.process.id": proto.PropListString(process)}}
}

// After the end of a server, programs make their streams anew. Those that recorded the virtual
// microphone before are put back: no more of a program than there were, and none of others.
func TestCallersOfAnotherServer(t *testing.T) {
	const own, other = 7, 8
	for name, c := range map[string]struct {
		before, after []*proto.GetSourceOutputInfoReply
		back          []uint32
	}{
		"nobody":          {nil, []*proto.GetSourceOutputInfoReply{recording(1, other, "9")}, nil},
		"the same stream": {[]*proto.GetSourceOutputInfoReply{recording(1, own, "9")}, []*proto.GetSourceOutputInfoReply{recording(1, other, "9")}, []uint32{1}},
		"another stream":  {[]*proto.GetSourceOutputInfoReply{recording(1, own, "9")}, []*proto.GetSourceOutputInfoReply{recording(2, other, "9")}, []uint32{2}},
		"another program": {[]*proto.GetSourceOutputInfoReply{recording(1, own, "9")}, []*proto.GetSourceOutputInfoReply{recording(1, other, "10")}, nil},
		"one of two": {[]*proto.GetSourceOutputInfoReply{recording(1, own, "9"), recording(2, other, "9")},
			[]*proto.GetSourceOutputInfoReply{recording(2, other, "9"), recording(1, other, "9")}, []uint32{1}},
		"one is there already": {[]*proto.GetSourceOutputInfoReply{recording(1, own, "9"), recording(2, other, "9")},
			[]*proto.GetSourceOutputInfoReply{recording(3, own, "9"), recording(4, other, "9")}, nil},
	} {
		byServer := func(_ *proto.GetSourceOutputInfoReply, vanished bool) bool { return vanished }
		var callers Callers
		callers.check(c.before, place{nil, own}, byServer)
		callers.vanished(func(uint32) bool { return true })
		if back := callers.check(c.after, place{new(Server), own}, byServer); !slices.Equal(back, c.back) {
			t.Errorf("%s: %v, want %v", name, back, c.back)
		}
	}
}
