package audioio

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jfreymuth/pulse/proto"
)

// checkDeviceNames refuses what could not be quoted in a module's arguments.
func checkDeviceNames(o PublishOptions) error {
	for _, r := range o.Name {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.') {
			return fmt.Errorf("device name %q: only letters, digits, '_', '-' and '.' are allowed", o.Name)
		}
	}
	if strings.ContainsAny(o.Description, "'\"\\\n") {
		return fmt.Errorf("device description %q: quotes, backslashes and line breaks are not allowed", o.Description)
	}
	return nil
}

// load loads a module and remembers it for Close.
func (m *VirtualMic) load(name, args string) error {
	var reply proto.LoadModuleReply
	err := m.pulse.ctl.request("load "+name, &proto.LoadModule{Name: name, Args: args}, &reply)
	var refused proto.Error
	switch {
	case errors.As(err, &refused):
		return fmt.Errorf("%w; the server's log may say why: the module is not installed, or the server runs with --disallow-module-loading", err)
	case err != nil:
		return err
	}
	m.modules = append(m.modules, reply.ModuleIndex)
	return nil
}

// deviceProps makes the property argument of a module. The tag in it finds
// the device, and the module by its arguments, after we were killed.
func deviceProps(o PublishOptions, description string) string {
	return fmt.Sprintf(`"device.description='%s' device.icon_name=audio-input-microphone %s=%s"`, description, ownerKey, o.Name)
}

// buildPipe loads the pipe source and opens its FIFO. Stereo, because a block
// of 480 samples * 2 channels * 4 bytes = 3840 bytes then is one read of the
// server (4096 bytes); mono would be gathered to 1024 samples.
func (m *VirtualMic) buildPipe(o PublishOptions) error {
	if o.Dir == "" {
		return errors.New("no folder for the FIFO is given")
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return fmt.Errorf("folder for the FIFO: %w", err)
	}
	path, err := filepath.Abs(filepath.Join(o.Dir, o.Name+".fifo"))
	if err != nil {
		return fmt.Errorf("folder for the FIFO: %w", err)
	}
	if err := prepareFIFO(path); err != nil {
		return err
	}
	err = m.load("module-pipe-source", fmt.Sprintf(
		`source_name=%s file="%s" format=float32le rate=%d channels=2 channel_map=front-left,front-right source_properties=%s`,
		o.Name, path, SampleRate, deviceProps(o, o.Description)))
	if err != nil {
		return err
	}
	f, err := openFIFO(path)
	if err != nil {
		return err
	}
	m.out = f
	return nil
}

// buildSink loads a null sink and a source made of its monitor, both mono: a
// server left to choose makes them stereo and mixes down 3 dB too loud.
func (m *VirtualMic) buildSink(o PublishOptions) error {
	sink := o.Name + helperSuffix
	err := m.load("module-null-sink", fmt.Sprintf(
		`sink_name=%s format=float32le rate=%d channels=1 channel_map=mono sink_properties=%s`,
		sink, SampleRate, deviceProps(o, o.Description+" (internal)")))
	if err != nil {
		return err
	}
	if err := m.pulse.waitSource(sink + ".monitor"); err != nil {
		return err
	}
	err = m.load("module-remap-source", fmt.Sprintf(
		`source_name=%s master=%s.monitor format=float32le rate=%d channels=1 channel_map=mono master_channel_map=mono remix=no source_properties=%s`,
		o.Name, sink, SampleRate, deviceProps(o, o.Description)))
	if err != nil {
		return err
	}
	out, err := m.pulse.openPlayback(sink)
	switch { // m.out stays nil: with a nil *playback in it, it would not be
	case errors.Is(err, ErrServerGone) && m.pulse.info.PipeWire:
		return fmt.Errorf("%w; is PipeWire's session manager, WirePlumber, running?", err)
	case err != nil:
		return err
	}
	m.out = out
	return nil
}

// waitSource waits until a source can be seen.
func (p *Pulse) waitSource(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), deviceTimeout)
	defer cancel()
	for {
		err := p.ctl.request("look for "+name, &proto.GetSourceInfo{SourceIndex: proto.Undefined, SourceName: name}, &proto.GetSourceInfoReply{})
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
