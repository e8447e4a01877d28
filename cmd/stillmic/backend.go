package main

import (
	"runtime"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon"
)

// backend chooses how to reach the devices.
func backend(cfg daemon.Config) daemon.Backend {
	if cfg.Audio.Backend == "portaudio" || cfg.Audio.Backend == "auto" && runtime.GOOS != "linux" {
		return daemon.PortAudio{Cable: cfg.Output.Cable}
	}
	return daemon.Pulse{Publish: audioio.PublishOptions{
		Name:        cfg.Output.Name,
		Description: cfg.Output.Description,
	}}
}
