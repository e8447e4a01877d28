package main

import (
	"runtime"

	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/device"
)

// backend chooses how to reach the devices.
func backend(cfg config.Config) device.Backend {
	if cfg.Audio.Backend == "portaudio" || cfg.Audio.Backend == "auto" && runtime.GOOS != "linux" {
		return device.PortAudio{Cable: cfg.Output.Cable}
	}
	return device.Pulse{Callers: new(pulse.Callers), Outputs: new(pulse.Outputs), Publish: pulse.PublishOptions{
		Name:        cfg.Output.Name,
		Description: cfg.Output.Description,
	}}
}
