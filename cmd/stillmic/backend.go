package main

import (
	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon"
)

// backends says what this program can talk to.
const backends = "PulseAudio and PipeWire"

// backend chooses how to reach the devices.
func backend(cfg daemon.Config) daemon.Backend {
	return daemon.Pulse{Publish: audioio.PublishOptions{
		Name:        cfg.Output.Name,
		Description: cfg.Output.Description,
	}}
}
