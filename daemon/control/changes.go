package control

import (
	"encoding/json"
	"errors"
	"net/http"
)

// change is the handler of a POST with a JSON body of the type T: set checks that and does
// what it says.
func change[T any](h handlers, set func(body T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body T
		if decodeJSON(w, r, &body) {
			h.done(w, set(body))
		}
	}
}

// listOf is the handler of a GET that asks for a list.
func listOf[T any](get func() ([]T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		all, err := get()
		respond(w, all, err)
	}
}

// done answers a change: with the state after it, or with what was wrong.
func (h handlers) done(w http.ResponseWriter, err error) {
	if err != nil {
		writeError(w, statusCode(err), err)
		return
	}
	h.events.Changed()
	h.status(w)
}

type strengthBody struct {
	Strength json.RawMessage `json:"strength"`
}

func (h handlers) strength(body strengthBody) error {
	if len(body.Strength) == 0 || string(body.Strength) == "null" {
		return errors.New(`"strength" is missing: a name or a number of dB`)
	}
	var text string
	if json.Unmarshal(body.Strength, &text) != nil {
		text = string(body.Strength) // a number of dB
	}
	return h.api.SetStrength(text)
}

type onOffBody struct {
	On *bool `json:"on"`
}

// onOff is what a switch does.
func onOff(set func(bool) error) func(onOffBody) error {
	return func(body onOffBody) error {
		if body.On == nil {
			return errors.New(`"on" is missing: true or false`)
		}
		return set(*body.On)
	}
}

func (h handlers) setDefault(body onOffBody) error {
	return h.api.SetDefault(body.On == nil || *body.On)
}

func (h handlers) talk(body TalkChange) error {
	if body.Mode == nil && body.Pressed == nil {
		return errors.New(`give "mode" or "pressed"`)
	}
	return h.api.SetTalk(body)
}

type presetBody struct {
	Preset *string `json:"preset"`
}

func (h handlers) preset(body presetBody) error {
	if body.Preset == nil {
		return errors.New(`"preset" is missing: a name of /v1/presets, or "" for none`)
	}
	return h.api.SetPreset(*body.Preset)
}

func (h handlers) voice(w http.ResponseWriter, r *http.Request) {
	body := h.api.Status().Voice // what is not named stays
	if decodeJSON(w, r, body.Fields()) {
		h.done(w, h.api.SetVoice(body))
	}
}

type deviceBody struct {
	Device  *string `json:"device"`
	Channel int     `json:"channel"`
}

func (h handlers) device(body deviceBody) error {
	if body.Device == nil {
		return errors.New(`"device" is missing: a name of /v1/devices, or "" for the default`)
	}
	if err := CheckChannel(body.Channel); err != nil {
		return err
	}
	return h.api.SetDevice(*body.Device, body.Channel)
}

type modelBody struct {
	Model *string `json:"model"`
}

func (h handlers) model(body modelBody) error {
	if body.Model == nil {
		return errors.New(`"model" is missing: the name of a built-in network, a file, or "" for what the latency allows`)
	}
	return h.api.SetModel(*body.Model)
}

type latencyBody struct {
	Latency *LatencyBudget `json:"latency"`
}

func (h handlers) latency(body latencyBody) error {
	if body.Latency == nil {
		return errors.New(`"latency" is missing: "20ms" or "40ms"`)
	}
	return h.api.SetLatency(*body.Latency)
}

type welcomeBody struct {
	Done *bool `json:"done"`
}

func (h handlers) welcome(body welcomeBody) error {
	if body.Done == nil {
		return errors.New(`"done" is missing: true or false`)
	}
	return h.api.SetWelcomed(*body.Done)
}

func (h handlers) speaker(body SpeakerChange) error {
	if body == (SpeakerChange{}) {
		return errors.New(`give "on", "strength" or "device"`)
	}
	return h.api.SetSpeaker(body)
}

type focusBody struct {
	Mode *FocusMode `json:"mode"`
}

func (h handlers) focus(body focusBody) error {
	if body.Mode == nil {
		return errors.New(`"mode" is missing: "off", "near" or "me"`)
	}
	return h.api.SetFocus(*body.Mode)
}

type echoBody struct {
	Mode *EchoMode `json:"mode"`
}

func (h handlers) echo(body echoBody) error {
	if body.Mode == nil {
		return errors.New(`"mode" is missing: "auto", "on" or "off"`)
	}
	return h.api.SetEcho(*body.Mode)
}

// voicePrint answers GET /v1/voiceprint.
func (h handlers) voicePrint(w http.ResponseWriter, _ *http.Request) {
	facts, err := h.api.VoicePrint()
	respond(w, facts, err)
}

// deleteVoicePrint answers DELETE /v1/voiceprint.
func (h handlers) deleteVoicePrint(w http.ResponseWriter, r *http.Request) {
	if err := h.api.DeleteVoicePrint(); err != nil {
		writeError(w, statusCode(err), err)
		return
	}
	h.events.Changed()
	h.voicePrint(w, r)
}
