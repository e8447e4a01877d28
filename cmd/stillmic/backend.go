package main

import (
	"runtime"

	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/device"
)

// byPortAudio reports whether PortAudio reaches the devices: with it a virtual cable stands for the
// microphone that sound servers have us make.
func byPortAudio(cfg config.Config) bool {
	return cfg.Audio.Backend == "portaudio" || cfg.Audio.Backend == "auto" && runtime.GOOS != "linux"
}

// toChoose names the microphone that programs are to use.
func toChoose(cfg config.Config) string {
	if byPortAudio(cfg) {
		return "CABLE Output, BlackHole 2ch, or what the other end of your virtual cable is called"
	}
	return cfg.Output.Description
}

// backend chooses how to reach the devices.
func backend(cfg config.Config) device.Backend {
	if byPortAudio(cfg) {
		return device.PortAudio{Cable: cfg.Output.Cable, SpeakerCable: cfg.Speaker.Cable}
	}
	return device.Pulse{Callers: new(pulse.Callers), Outputs: new(pulse.Outputs), Publish: pulse.PublishOptions{
		Name:        cfg.Output.Name,
		Description: cfg.Output.Description,
	}}
}
