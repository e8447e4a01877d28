package pulse

import (
	"cmp"
	"slices"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/audioio/pulse/internal/wire"
)

// Helper tells of the output behind the virtual microphone called mic, where there is one:
// whether it is the default output, and which programs play into it, stillmic left aside. What they
// play is heard nowhere.
func (p *Server) Helper(mic string) (isDefault bool, players []string, err error) {
	const what = "ask for the default output"
	var info proto.GetServerInfoReply
	if err := p.knowing(what, func(conn *wire.Conn) error { return conn.Request(what, &proto.GetServerInfo{}, &info) }); err != nil {
		return false, nil, err
	}
	var sink proto.GetSinkInfoReply
	err = p.ctl.Request("look for the null sink", &proto.GetSinkInfo{SinkIndex: proto.Undefined, SinkName: mic + helperSuffix}, &sink)
	if refused(err, proto.ErrNoSuchEntity) {
		return false, nil, nil
	}
	if err != nil {
		return false, nil, err
	}
	var list proto.GetSinkInputInfoListReply
	if err := p.ctl.Request("list what is played", &proto.GetSinkInputInfoList{}, &list); err != nil {
		return false, nil, err
	}
	for _, i := range list {
		name := printable.Text(cmp.Or(property(i.Properties, "application.name"), i.MediaName))
		if i.SinkIndex == sink.SinkIndex && !ofStillmic(i.Properties) && !slices.Contains(players, name) {
			players = append(players, name)
		}
	}
	return info.DefaultSinkName == mic+helperSuffix, players, nil
}
