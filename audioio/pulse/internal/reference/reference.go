// Package reference hears what the default output of a server plays, by recording its monitor.
package reference

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/audioio/pulse/internal/wire"
)

// referenceAgain is after what times it is looked again which output is the default after news:
// PipeWire tells of another before its answers know it. It also forgets to tell, so it is looked
// every referenceAlways as well.
var referenceAgain = []time.Duration{200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond}

const referenceAlways = 2 * time.Second

// Reference records the monitor of the default output. It has a connection of its own, on which
// it hears of changes, too.
type Reference struct {
	conn    *wire.Conn
	own     string                 // property of outputs of ours
	ask     func() (string, error) // for the default output's name
	heard   func([]float32)
	changed func(audioio.Output)
	samples []float32 // the connection's reader's
	news    chan struct{}
	ended   sync.WaitGroup

	mu      sync.Mutex // held while something is told
	stream  uint32     // that is listened to
	closing bool

	output audioio.Output // the one recorded now; follow's alone
}

// noStream is an index that no stream has.
const noStream = proto.Undefined

// fragment is what the server sends at once: 10 ms of float32, in bytes.
const fragment = 4 * audioio.BlockSize

// bufferFragments is what it keeps where nobody reads: 500 ms.
const bufferFragments = 50

// Open begins to listen; see audioio.ReferenceOpener. An output with the property own is never
// listened to; ask returns the name of the output to hear, by default the default one.
func Open(addrs []wire.Address, own string, ask func() (string, error), heard func([]float32),
	changed func(audioio.Output)) (*Reference, error) {
	r := &Reference{own: own, ask: ask, heard: heard, changed: changed, news: make(chan struct{}, 1), stream: noStream}
	var err error
	r.conn, err = wire.Connect(context.Background(), addrs, "reference", wire.Hooks{Audio: r.audio, Message: r.message})
	if err != nil {
		return nil, fmt.Errorf("listen to the output: %w", err)
	}
	err = r.conn.Request("subscribe to changes",
		&proto.Subscribe{Mask: proto.SubscriptionMaskSink | proto.SubscriptionMaskServer}, nil)
	if err == nil {
		err = r.look()
	}
	if err != nil {
		r.conn.Close()
		return nil, fmt.Errorf("listen to the output: %w", err)
	}
	r.ended.Go(r.follow)
	return r, nil
}

// Done implements audioio.Reference.
func (r *Reference) Done() <-chan struct{} { return r.conn.Done }

// Close implements audioio.Reference.
func (r *Reference) Close() error {
	r.mu.Lock()
	r.closing = true
	r.mu.Unlock()
	r.conn.Close()
	r.ended.Wait()
	return nil
}

// follow goes with the default output.
func (r *Reference) follow() {
	left := 0
	for {
		wait := referenceAlways
		if left > 0 {
			wait = referenceAgain[len(referenceAgain)-left]
		}
		select {
		case <-r.conn.Done:
			return
		case <-r.news:
			left = len(referenceAgain)
		case <-time.After(wait):
			left = max(left-1, 0)
		}
		if err := r.look(); err != nil {
			r.conn.Fail(err)
			return
		}
	}
}

// look finds the default output and has its monitor recorded, in the place of another.
func (r *Reference) look() error {
	now, monitor, err := r.find()
	if err != nil {
		return err
	}
	if now == r.output {
		return nil
	}
	same := now.Name == r.output.Name
	if !same {
		r.leave()
	}
	r.tell(func() { r.changed(now) })
	r.output = now
	if same || now.Name == "" {
		return nil
	}
	if err := r.record(monitor); err != nil {
		if errors.Is(err, audioio.ErrServerGone) {
			return err
		}
		r.output = audioio.Output{} // it has just gone; there will be news
	}
	return nil
}

// find returns the default output, none where that is ours, and the name of its monitor.
func (r *Reference) find() (o audioio.Output, monitor string, err error) {
	name, err := r.ask()
	if err != nil {
		return o, "", err
	}
	var list proto.GetSinkInfoListReply
	if err := r.conn.Request("list outputs", &proto.GetSinkInfoList{}, &list); err != nil {
		return o, "", err
	}
	for _, s := range list {
		if s.SinkName == name && property(s.Properties, r.own) == "" {
			return Describe(s), s.MonitorSourceName, nil
		}
	}
	return o, "", nil
}

// Describe says what an output is.
func Describe(s *proto.GetSinkInfoReply) audioio.Output {
	return audioio.Output{Name: s.SinkName, Description: printable.Text(s.Device), Headphones: isHeadphones(s)}
}

// isHeadphones reports whether what an output plays reaches ears alone, by its port, its form,
// or by Bluetooth, unless that says that it is a loudspeaker.
func isHeadphones(s *proto.GetSinkInfoReply) bool {
	names := []string{s.ActivePortName}
	for _, p := range s.Ports {
		if p.Name == s.ActivePortName {
			names = append(names, p.Description)
		}
	}
	port := strings.ToLower(strings.Join(names, " "))
	form := property(s.Properties, "device.form_factor")
	if strings.Contains(port, "headphone") || strings.Contains(port, "headset") {
		return true
	}
	if slices.Contains([]string{"headphone", "headset", "hands-free", "handset"}, form) {
		return true
	}
	bluetooth := property(s.Properties, "device.bus") == "bluetooth" || property(s.Properties, "device.api") == "bluez5" ||
		strings.HasPrefix(s.SinkName, "bluez_")
	return bluetooth && !slices.Contains([]string{"speaker", "hifi", "portable", "car", "tv"}, form) &&
		!strings.Contains(port, "speaker")
}

// record begins to record a monitor. It does not keep an output awake that nobody plays to.
func (r *Reference) record(monitor string) error {
	var reply proto.CreateRecordStreamReply
	err := r.conn.Request("record the output", &proto.CreateRecordStream{
		SampleSpec:             proto.SampleSpec{Format: proto.FormatFloat32LE, Channels: 1, Rate: audioio.SampleRate},
		ChannelMap:             proto.ChannelMap{proto.ChannelMono},
		SourceIndex:            proto.Undefined,
		SourceName:             monitor,
		BufferMaxLength:        bufferFragments * fragment,
		BufferFragSize:         fragment,
		AdjustLatency:          true,
		NoMove:                 true,
		DontInhibitAutoSuspend: true,
		DirectOnInputIndex:     proto.Undefined,
		ChannelVolumes:         proto.ChannelVolumes{proto.VolumeNorm},
		VolumeSet:              true,
		Properties: wire.Props("media.name", "Echo reference for Stillmic", "media.role", "production",
			"state.restore-props", "false", "state.restore-target", "false",
			"module-stream-restore.id", "stillmic-reference"),
	}, &reply)
	if err == nil {
		r.mu.Lock()
		r.stream = reply.StreamIndex
		r.mu.Unlock()
	}
	return err
}

// leave ends the recording of an output that is no longer the default.
func (r *Reference) leave() {
	r.mu.Lock()
	stream := r.stream
	r.stream = noStream
	r.mu.Unlock()
	if stream != noStream {
		// It may have gone by itself; if the connection has, follow finds out.
		_ = r.conn.Request("leave the output", &proto.DeleteRecordStream{StreamIndex: stream}, nil)
	}
}

// tell calls one of the functions unless all is over.
func (r *Reference) tell(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closing {
		f()
	}
}

// audio takes what is played, on the connection's reader.
func (r *Reference) audio(stream uint32, p []byte) {
	r.samples = r.samples[:0]
	for ; len(p) >= 4; p = p[4:] {
		r.samples = append(r.samples, math.Float32frombits(binary.LittleEndian.Uint32(p)))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if stream == r.stream && !r.closing {
		r.heard(r.samples)
	}
}

// message notes that there is something to look at.
func (r *Reference) message(msg any) {
	switch msg.(type) {
	case *proto.SubscribeEvent, *proto.RecordStreamKilled:
		select {
		case r.news <- struct{}{}:
		default:
		}
	}
}

// property returns a text property, "" when there is none.
func property(list proto.PropList, key string) string {
	if v, ok := list[key]; ok && len(v) > 0 && v[len(v)-1] == 0 {
		return string(v[:len(v)-1])
	}
	return ""
}
