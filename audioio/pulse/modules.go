package pulse

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse/internal/fifo"
)

// checkDeviceNames refuses what could not be quoted in a module's arguments.
func checkDeviceNames(o PublishOptions) error {
	for _, r := range o.Name {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.') {
			return fmt.Errorf("invalid device name %q: use letters, digits, '_', '-' and '.'", o.Name)
		}
	}
	if strings.ContainsAny(o.Description, "'\"\\\n") {
		return fmt.Errorf("invalid device description %q: leave out quotes, backslashes and line breaks", o.Description)
	}
	return nil
}

// load loads a module and remembers it for its removal.
func (m *VirtualMic) load(r recipe) error {
	var reply proto.LoadModuleReply
	err := m.pulse.ctl.Request("load "+r.module, &proto.LoadModule{Name: r.module, Args: r.args}, &reply)
	var refused proto.Error
	switch {
	case errors.As(err, &refused):
		return fmt.Errorf("%w; the server's log may say why: the module is not installed, or the server runs with "+
			"--disallow-module-loading", err)
	case err != nil:
		return err
	}
	m.modules = append(m.modules, reply.ModuleIndex)
	return nil
}

// deviceProps makes the property argument of a module. The tag in it finds
// the device, and the module by its arguments, after we were killed.
func deviceProps(o PublishOptions, description, more string) string {
	return fmt.Sprintf(`"device.description='%s' device.icon_name=audio-input-microphone %s%s=%s"`, description, more, ownerKey,
		o.Name)
}

// fifoPath returns where the FIFO of a pipe source belongs, in a folder that is made
// if it is not there.
func fifoPath(o PublishOptions) (string, error) {
	if o.Dir == "" {
		return "", errors.New("no folder for the FIFO is given")
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return "", fmt.Errorf("folder for the FIFO: %w", err)
	}
	path, err := filepath.Abs(filepath.Join(o.Dir, o.Name+".fifo"))
	if err != nil {
		return "", fmt.Errorf("folder for the FIFO: %w", err)
	}
	return path, nil
}

// recipe is a module of the virtual microphone: its name, and its arguments. The
// properties come last: adopt takes a device with others, too.
type recipe struct{ module, args string }

// pipeRecipe makes a pipe source. Stereo, because a block of 480 samples * 2
// channels * 4 bytes = 3840 bytes then is one read of the server (4096 bytes);
// mono would be gathered to 1024 samples.
func pipeRecipe(o PublishOptions, path string) recipe {
	return recipe{"module-pipe-source", fmt.Sprintf(
		`source_name=%s file="%s" format=float32le rate=%d channels=2 channel_map=front-left,front-right source_properties=%s`,
		o.Name, path, audioio.SampleRate, deviceProps(o, o.Description, ""))}
}

// voiceChannel is the channel of the null sink that the microphone is made of, on
// PipeWire. The sink has two more, which nobody hears: what another program plays into it
// lands there, for nothing that is played has a channel of this kind, and the server
// mixes none into it (measured: stereo, 5.1, 7.1 and streams without a map leave
// nothing; one of a single channel goes into all).
const voiceChannel = "top-rear-center"

// sinkMap returns the channel map of the null sink, and the channel in it that is ours.
// PulseAudio would mix a stereo stream into any channel.
func (p *Server) sinkMap() (all, ours string) {
	if p.info.PipeWire {
		return "front-left,front-right," + voiceChannel, voiceChannel
	}
	return "mono", "mono"
}

// sinkRecipes make a null sink and a mono source of its monitor: a server left to choose
// makes that stereo and mixes down 3 dB too loud. Anything else that can be a default
// output goes before the null sink.
func (m *VirtualMic) sinkRecipes(o PublishOptions) []recipe {
	sink := o.Name + helperSuffix
	all, ours := m.pulse.sinkMap()
	return []recipe{
		{"module-null-sink", fmt.Sprintf(
			`sink_name=%s format=float32le rate=%d channels=%d channel_map=%s sink_properties=%s`,
			sink, audioio.SampleRate, strings.Count(all, ",")+1, all, deviceProps(o, o.Description+" (internal)",
				"node.virtual=true priority.session=-1000 state.restore-props=false "))},
		{"module-remap-source", fmt.Sprintf(
			`source_name=%s master=%s.monitor format=float32le rate=%d channels=1 channel_map=mono master_channel_map=%s remix=no source_properties=%s`,
			o.Name, sink, audioio.SampleRate, ours, deviceProps(o, o.Description, ""))},
	}
}

// buildPipe loads the pipe source and opens its FIFO.
func (m *VirtualMic) buildPipe(o PublishOptions) error {
	path, err := fifoPath(o)
	if err != nil {
		return err
	}
	if err := fifo.Prepare(path); err != nil {
		return err
	}
	if err := m.load(pipeRecipe(o, path)); err != nil {
		return err
	}
	return m.openPipe(path)
}

// openPipe opens the way into a pipe source.
func (m *VirtualMic) openPipe(path string) error {
	f, err := fifo.Open(path)
	if err != nil {
		return err
	}
	m.out = f // which stays nil otherwise: with a nil *fifo.Writer in it, it would not be
	return nil
}

// buildSink loads the null sink and the source, and plays into the sink.
func (m *VirtualMic) buildSink(o PublishOptions) error {
	recipes := m.sinkRecipes(o)
	if err := m.load(recipes[0]); err != nil {
		return err
	}
	if err := m.pulse.waitSource(o.Name + helperSuffix + ".monitor"); err != nil {
		return err
	}
	if err := m.load(recipes[1]); err != nil {
		return err
	}
	return m.openSink(o)
}

// openSink opens the way into the null sink.
func (m *VirtualMic) openSink(o PublishOptions) error {
	out, err := m.pulse.openPlayback(o.Name + helperSuffix)
	switch { // m.out stays nil: with a nil *playback in it, it would not be
	case errors.Is(err, audioio.ErrServerGone) && m.pulse.info.PipeWire:
		return fmt.Errorf("%w; is PipeWire's session manager, WirePlumber, running?", err)
	case err != nil:
		return err
	}
	m.out = out
	return nil
}

// waitSource waits until a source can be seen.
func (p *Server) waitSource(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), deviceTimeout)
	defer cancel()
	for {
		err := p.ctl.Request("look for "+name, &proto.GetSourceInfo{SourceIndex: proto.Undefined, SourceName: name},
			&proto.GetSourceInfoReply{})
		if !refused(err, proto.ErrNoSuchEntity) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server made %q but does not list it after %v", name, deviceTimeout)
		case <-time.After(2 * time.Millisecond):
		}
	}
}
