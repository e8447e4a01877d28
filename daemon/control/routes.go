package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"

	"github.com/stillmic/stillmic/configs"
)

// maxBody is the longest JSON request that is read; ours have 1,000 bytes.
const maxBody = 64 << 10

// maxSeconds is the longest A/B recording: 11.5 MB while it is made.
const maxSeconds = 30

// tokenRoute is where a code is exchanged.
const tokenRoute = "/v1/token"

// handlers answers requests.
type handlers struct {
	api    API
	events *Hub
}

// route is one way into the API, as configs/openapi.yaml has it.
type route struct {
	method, path string
	handler      http.HandlerFunc
}

// table is the whole API.
func table(o Options, p *pageServer) []route {
	h := handlers{o.API, o.Events}
	return []route{
		{"GET", "/v1/status", func(w http.ResponseWriter, _ *http.Request) { h.status(w) }},
		{"POST", "/v1/strength", h.strength},
		{"POST", "/v1/bypass", h.onOff(o.API.SetBypass)},
		{"POST", "/v1/mute", h.onOff(o.API.SetMute)},
		{"POST", "/v1/talk", h.talk},
		{"GET", "/v1/presets", h.presets},
		{"POST", "/v1/preset", h.preset},
		{"POST", "/v1/voice", h.voice},
		{"GET", "/v1/devices", h.devices},
		{"POST", "/v1/device", h.device},
		{"POST", "/v1/default", h.setDefault},
		{"POST", "/v1/model", h.model},
		{"POST", "/v1/latency", h.latency},
		{"GET", "/v1/record", h.recording},
		{"POST", "/v1/record", h.record},
		{"DELETE", "/v1/record", h.deleteRecording},
		{"GET", "/v1/record/{file}", h.track},
		{"GET", "/v1/listen", h.listen},
		{"GET", "/v1/events", h.stream},
		{"POST", "/v1/page", p.openPage},
		{"POST", tokenRoute, p.takeToken},
		{"POST", "/v1/clean", newUploads(o.API, filepath.Join(o.State, "uploads")).clean},
		{"GET", "/v1/openapi.yaml", openAPI},
		{"GET", "/metrics", newMetrics(o.API).ServeHTTP},
		{"GET", "/healthz", healthz(o.API)},
	}
}

// routes answers the API, and the page where there is one.
func routes(o Options, p *pageServer) http.Handler {
	mux := http.NewServeMux()
	for _, r := range table(o, p) {
		mux.HandleFunc(r.method+" "+r.path, r.handler)
	}
	if o.Page != nil {
		mux.Handle("/", o.Page)
	}
	// What is ours but unknown gets an answer like every other.
	mux.HandleFunc("/v1/", unknown(mux))
	return mux
}

// unknown answers what no route takes: 405 if the path takes another method.
func unknown(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			other := r.Clone(r.Context())
			other.Method = method
			if _, pattern := mux.Handler(other); pattern != "/v1/" && pattern != "" && pattern != "/" {
				w.Header().Add("Allow", method)
			}
		}
		if len(w.Header().Values("Allow")) > 0 {
			writeError(w, http.StatusMethodNotAllowed, fmt.Errorf("%s does not take %s", r.URL.Path, r.Method))
			return
		}
		writeError(w, http.StatusNotFound, fmt.Errorf("there is no %s; /v1/openapi.yaml lists what there is", r.URL.Path))
	}
}

func (h handlers) status(w http.ResponseWriter) { writeJSON(w, http.StatusOK, h.api.Status()) }

// done answers a change: with the state after it, or with what was wrong.
func (h handlers) done(w http.ResponseWriter, err error) {
	if err != nil {
		writeError(w, statusCode(err), err)
		return
	}
	h.events.Changed()
	h.status(w)
}

func (h handlers) strength(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Strength json.RawMessage `json:"strength"`
	}
	if !decodeJSON(w, r, &body) {
		return
	}
	if len(body.Strength) == 0 || string(body.Strength) == "null" {
		writeError(w, http.StatusBadRequest, errors.New(`"strength" is missing: a name or a number of dB`))
		return
	}
	var text string
	if json.Unmarshal(body.Strength, &text) != nil {
		text = string(body.Strength) // a number of dB
	}
	h.done(w, h.api.SetStrength(text))
}

// onOff is the handler of a switch.
func (h handlers) onOff(set func(bool) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			On *bool `json:"on"`
		}
		if !decodeJSON(w, r, &body) {
			return
		}
		if body.On == nil {
			writeError(w, http.StatusBadRequest, errors.New(`"on" is missing: true or false`))
			return
		}
		h.done(w, set(*body.On))
	}
}

func (h handlers) talk(w http.ResponseWriter, r *http.Request) {
	var body TalkChange
	if !decodeJSON(w, r, &body) {
		return
	}
	if body.Mode == nil && body.Pressed == nil {
		writeError(w, http.StatusBadRequest, errors.New(`give "mode" or "pressed"`))
		return
	}
	h.done(w, h.api.SetTalk(body))
}

func (h handlers) presets(w http.ResponseWriter, _ *http.Request) {
	list, err := h.api.Presets()
	respond(w, list, err)
}

func (h handlers) preset(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Preset *string `json:"preset"`
	}
	if !decodeJSON(w, r, &body) {
		return
	}
	if body.Preset == nil {
		writeError(w, http.StatusBadRequest, errors.New(`"preset" is missing: a name of /v1/presets, or "" for none`))
		return
	}
	h.done(w, h.api.SetPreset(*body.Preset))
}

func (h handlers) voice(w http.ResponseWriter, r *http.Request) {
	body := h.api.Status().Voice // what is not named stays
	if !decodeJSON(w, r, &body) {
		return
	}
	h.done(w, h.api.SetVoice(body))
}

func (h handlers) devices(w http.ResponseWriter, _ *http.Request) {
	list, err := h.api.Devices()
	respond(w, list, err)
}

func (h handlers) device(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Device  *string `json:"device"`
		Channel int     `json:"channel"`
	}
	if !decodeJSON(w, r, &body) {
		return
	}
	if body.Device == nil {
		writeError(w, http.StatusBadRequest, errors.New(`"device" is missing: a name of /v1/devices, or "" for the default`))
		return
	}
	if err := CheckChannel(body.Channel); err != nil {
		writeError(w, http.StatusBadRequest, err)
		return
	}
	h.done(w, h.api.SetDevice(*body.Device, body.Channel))
}

func (h handlers) setDefault(w http.ResponseWriter, r *http.Request) {
	body := struct {
		On bool `json:"on"`
	}{On: true}
	if !decodeJSON(w, r, &body) {
		return
	}
	h.done(w, h.api.SetDefault(body.On))
}

func (h handlers) model(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Model *string `json:"model"`
	}
	if !decodeJSON(w, r, &body) {
		return
	}
	if body.Model == nil {
		writeError(w, http.StatusBadRequest,
			errors.New(`"model" is missing: the name of a built-in network, a file, or "" for what the latency allows`))
		return
	}
	h.done(w, h.api.SetModel(*body.Model))
}

func (h handlers) latency(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Latency *LatencyBudget `json:"latency"`
	}
	if !decodeJSON(w, r, &body) {
		return
	}
	if body.Latency == nil {
		writeError(w, http.StatusBadRequest, errors.New(`"latency" is missing: "20ms" or "40ms"`))
		return
	}
	h.done(w, h.api.SetLatency(*body.Latency))
}

func openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(configs.OpenAPI) // fails only when nobody listens any more
}

// healthz answers 200 while audio flows or could, 503 while it does not.
func healthz(api API) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		state, code := api.Status().State, http.StatusOK
		if state != Running && state != Suspended && state != Degraded {
			code = http.StatusServiceUnavailable
		}
		w.Header().Set("Cache-Control", "no-store")
		writeJSON(w, code, map[string]State{"state": state})
	}
}
