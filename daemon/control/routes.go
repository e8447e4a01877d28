package control

import (
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
		{"POST", "/v1/strength", change(h, h.strength)},
		{"POST", "/v1/bypass", change(h, onOff(o.API.SetBypass))},
		{"POST", "/v1/mute", change(h, onOff(o.API.SetMute))},
		{"POST", "/v1/talk", change(h, h.talk)},
		{"GET", "/v1/presets", listOf(o.API.Presets)},
		{"POST", "/v1/preset", change(h, h.preset)},
		{"POST", "/v1/voice", h.voice},
		{"GET", "/v1/devices", listOf(o.API.Devices)},
		{"POST", "/v1/device", change(h, h.device)},
		{"POST", "/v1/default", change(h, h.setDefault)},
		{"POST", "/v1/model", change(h, h.model)},
		{"POST", "/v1/latency", change(h, h.latency)},
		{"POST", "/v1/echo", change(h, h.echo)},
		{"POST", "/v1/focus", change(h, h.focus)},
		{"GET", "/v1/outputs", listOf(o.API.Outputs)},
		{"POST", "/v1/speaker", change(h, h.speaker)},
		{"GET", "/v1/record", h.recording},
		{"POST", "/v1/record", h.record},
		{"DELETE", "/v1/record", h.deleteRecording},
		{"GET", "/v1/record/{file}", h.track},
		{"GET", "/v1/replay.wav", h.replay},
		{"GET", "/v1/voiceprint", h.voicePrint},
		{"POST", "/v1/voiceprint", h.enrol},
		{"DELETE", "/v1/voiceprint", h.deleteVoicePrint},
		{"POST", "/v1/put-back", h.putBack},
		{"POST", "/v1/welcome", change(h, h.welcome)},
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

// putBack moves programs from a real microphone to the virtual one.
func (h handlers) putBack(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Apps []string `json:"apps"`
	}
	if decodeJSON(w, r, &body) {
		h.done(w, h.api.PutBack(body.Apps))
	}
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
