package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/stillmic/stillmic/configs"
)

// description loads configs/openapi.yaml and checks it by the standard.
func description(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(configs.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return doc
}

// The file and the handlers have the same routes.
func TestOpenAPIHasEveryRoute(t *testing.T) {
	doc := description(t)
	described := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			described[method+" "+path] = true
		}
	}
	for _, r := range table(options(t, t.TempDir()), newPageServer(Options{})) {
		name := r.method + " " + r.path
		if !described[name] {
			t.Errorf("%s is not in the file", name)
		}
		delete(described, name)
	}
	if len(described) > 0 {
		t.Errorf("no handler: %v", described)
	}
}

// exchange is a request and the status code it gets.
type exchange struct {
	method, path, body string
	code               int
	before             func(m *memory) // changes the daemon first
}

var (
	down = func(m *memory) { m.fails(ErrNotNow) }
	sick = func(m *memory) { m.fails(errors.New("the disk is on fire")) }
	well = func(m *memory) { m.fails(nil) }
	long = strings.Repeat(" ", maxBody) + "{}"
)

// Every status code that the file promises for every route.
var exchanges = []exchange{
	{"GET", "/v1/status", "", 200, nil},
	{"POST", "/v1/strength", `{"strength":"max"}`, 200, nil},
	{"POST", "/v1/strength", `{"strength":17.5}`, 200, nil},
	{"POST", "/v1/strength", `{"strength":"loud"}`, 400, nil},
	{"POST", "/v1/strength", long, 413, nil},
	{"POST", "/v1/bypass", `{"on":true}`, 200, nil},
	{"POST", "/v1/bypass", `{"on":1}`, 400, nil},
	{"POST", "/v1/bypass", long, 413, nil},
	{"POST", "/v1/mute", `{"on":true}`, 200, nil},
	{"POST", "/v1/mute", `[]`, 400, nil},
	{"POST", "/v1/mute", long, 413, nil},
	{"POST", "/v1/talk", `{"mode":"push-to-talk","pressed":true}`, 200, nil},
	{"POST", "/v1/talk", `{"mode":"loud"}`, 400, nil},
	{"POST", "/v1/talk", long, 413, nil},
	{"GET", "/v1/presets", "", 200, nil},
	{"POST", "/v1/preset", `{"preset":"call"}`, 200, nil},
	{"POST", "/v1/preset", `{"preset":3}`, 400, nil},
	{"POST", "/v1/preset", `{"preset":"loud"}`, 404, nil},
	{"POST", "/v1/preset", long, 413, nil},
	{"POST", "/v1/voice", `{"deess":"light","target_lufs":-18}`, 200, nil},
	{"POST", "/v1/voice", `{"deess":"loud"}`, 400, nil},
	{"POST", "/v1/voice", long, 413, nil},
	{"GET", "/v1/devices", "", 200, nil},
	{"GET", "/v1/devices", "", 503, down},
	{"POST", "/v1/device", `{"device":"mic"}`, 503, nil},
	{"POST", "/v1/device", `{"device":"mic"}`, 200, well},
	{"POST", "/v1/device", `{}`, 400, nil},
	{"POST", "/v1/device", `{"device":"nonsense"}`, 404, nil},
	{"POST", "/v1/device", long, 413, nil},
	{"POST", "/v1/default", `{}`, 200, nil},
	{"POST", "/v1/default", `{"on":"yes"}`, 400, nil},
	{"POST", "/v1/default", long, 413, nil},
	{"POST", "/v1/default", `{}`, 503, down},
	{"POST", "/v1/record", `{}`, 503, nil},
	{"POST", "/v1/model", `{"model":""}`, 200, well},
	{"POST", "/v1/model", `{"model":7}`, 400, nil},
	{"POST", "/v1/model", long, 413, nil},
	{"POST", "/v1/latency", `{"latency":"20ms"}`, 200, well},
	{"POST", "/v1/echo", `{"mode":"off"}`, 200, well},
	{"POST", "/v1/focus", `{"mode":"near"}`, 200, well},
	{"POST", "/v1/focus", `{"mode":"me"}`, 400, nil}, // without a voice print
	{"GET", "/v1/outputs", "", 503, down},
	{"POST", "/v1/speaker", `{"device":"out"}`, 503, nil},
	{"GET", "/v1/outputs", "", 200, well},
	{"POST", "/v1/speaker", `{"on":true,"strength":"gentle","device":""}`, 200, well},
	{"POST", "/v1/speaker", `{"on":"loud"}`, 400, nil},
	{"POST", "/v1/speaker", `{"device":"nonsense"}`, 404, nil},
	{"POST", "/v1/speaker", long, 413, nil},
	{"POST", "/v1/echo", `{"mode":"loud"}`, 400, nil},
	{"POST", "/v1/echo", long, 413, nil},
	{"POST", "/v1/focus", `{"mode":"all"}`, 400, nil},
	{"POST", "/v1/focus", long, 413, nil},
	{"POST", "/v1/latency", `{"latency":20}`, 400, nil},
	{"POST", "/v1/latency", long, 413, nil},
	{"GET", "/v1/record/raw.wav", "", 404, nil},
	{"POST", "/v1/record", `{"seconds":1}`, 200, nil},
	{"POST", "/v1/record", `{"seconds":1}`, 409, nil},
	{"POST", "/v1/record", `{"seconds":-1}`, 400, nil},
	{"POST", "/v1/record", long, 413, nil},
	{"GET", "/v1/record", "", 200, nil},
	{"GET", "/v1/record/raw.wav", "", 200, nil},
	{"DELETE", "/v1/record", "", 400, sick},
	{"DELETE", "/v1/record", "", 200, well},
	{"GET", "/v1/listen?track=raw", "", 200, nil},
	{"GET", "/v1/listen?track=all", "", 400, nil},
	{"GET", "/v1/events", "", 200, nil},
	{"GET", "/v1/events?kinds=all", "", 400, nil},
	{"GET", "/v1/replay.wav", "", 200, nil},
	{"GET", "/v1/voiceprint", "", 200, nil},
	{"POST", "/v1/voiceprint", `{}`, 200, nil},
	{"POST", "/v1/voiceprint", `{"new":1}`, 400, nil},
	{"POST", "/v1/voiceprint", long, 413, nil},
	{"POST", "/v1/voiceprint", `{"new":true}`, 409, func(m *memory) { m.fails(ErrBusy) }},
	{"DELETE", "/v1/voiceprint", "", 409, nil},
	{"POST", "/v1/voiceprint", `{}`, 503, down},
	{"GET", "/v1/voiceprint", "", 400, sick},
	{"DELETE", "/v1/voiceprint", "", 404, func(m *memory) { m.fails(ErrNotFound) }},
	{"DELETE", "/v1/voiceprint", "", 400, sick},
	{"DELETE", "/v1/voiceprint", "", 200, well},
	{"POST", "/v1/put-back", `{"apps":["Zoom"]}`, 200, nil},
	{"POST", "/v1/put-back", `{"apps":"Zoom"}`, 400, nil},
	{"POST", "/v1/put-back", long, 413, nil},
	{"POST", "/v1/put-back", `{}`, 503, down},
	{"POST", "/v1/welcome", `{"done":true}`, 200, well},
	{"POST", "/v1/welcome", `{}`, 400, nil},
	{"POST", "/v1/welcome", long, 413, nil},
	{"GET", "/v1/replay.wav", "", 404, func(m *memory) { m.fails(ErrNotFound) }},
	{"POST", "/v1/page", "", 200, well},
	{"POST", "/v1/token", `{"code":"old"}`, 401, nil},
	{"POST", "/v1/token", `{}{}`, 400, nil},
	{"POST", "/v1/token", long, 413, nil},
	{"POST", "/v1/clean", "RIFF", 200, nil},
	{"POST", "/v1/clean?name=talk.M4A&preset=podcast&loudness=-19", "RIFF", 200, nil},
	{"POST", "/v1/clean?name=a.out-of-this-world", "RIFF", 200, nil},
	{"POST", "/v1/clean?loudness=loud", "RIFF", 400, nil},
	{"POST", "/v1/clean", "", 400, nil},
	{"POST", "/v1/clean", "noise", 422, nil},
	{"GET", "/v1/openapi.yaml", "", 200, nil},
	{"GET", "/metrics", "", 200, nil},
	{"GET", "/healthz", "", 200, nil},
	{"GET", "/healthz", "", 503, func(m *memory) { _ = m.change(func(s *Status) { s.State = Starting }) }},
}

// What the handlers answer is what the file says, and every answer the file
// promises is given.
func TestOpenAPIAnswers(t *testing.T) {
	doc := description(t)
	o := options(t, t.TempDir())
	o.Page = http.NotFoundHandler()
	listening(t, o)
	c := NewClient(o.Dir)
	given := map[string]bool{}
	for _, x := range exchanges {
		if x.before != nil {
			x.before(o.API.(*memory))
		}
		given[x.check(t, doc, c)] = true
	}
	// These need circumstances of their own; TestUploads, TestHub and those of the page make them.
	given["POST /v1/clean 409"], given["POST /v1/clean 413"], given["GET /v1/events 503"] = true, true, true
	for _, name := range []string{"page 403", "page 503", "token 200", "token 403"} {
		given["POST /v1/"+name] = true
	}
	var missing []string
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for code := range op.Responses.Map() {
				if name := fmt.Sprintf("%s %s %s", method, path, code); !given[name] {
					missing = append(missing, name)
				}
			}
		}
	}
	sort.Strings(missing)
	if len(missing) > 0 {
		t.Errorf("promised and never given: %q", missing)
	}
}

// check sends a request, compares the answer with the description and returns
// "METHOD path code".
func (x exchange) check(t *testing.T, doc *openapi3.T, c *Client) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, x.method, "http://stillmic"+x.path, strings.NewReader(x.body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	path, _, _ := strings.Cut(x.path, "?")
	if strings.HasPrefix(path, "/v1/record/") {
		path = "/v1/record/{file}"
	}
	name := fmt.Sprintf("%s %s %d", x.method, path, resp.StatusCode)
	if resp.StatusCode != x.code {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 300))
		t.Errorf("%s with %.50s: %d, want %d: %s", x.path, x.body, resp.StatusCode, x.code, text)
	}
	promised := doc.Paths.Value(path).GetOperation(x.method).Responses.Status(resp.StatusCode)
	if promised == nil {
		t.Errorf("%s is not in the file", name)
		return name
	}
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	media := promised.Value.Content.Get(kind)
	switch {
	case media == nil:
		t.Errorf("%s answers %s, which is not in the file", name, kind)
	case kind == "application/json":
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		fits(t, name, media.Schema, text)
	}
	return name
}

// fits compares JSON with a schema.
func fits(t *testing.T, name string, schema *openapi3.SchemaRef, text []byte) {
	t.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&v); err != nil {
		t.Errorf("%s: %v in %s", name, err, text)
		return
	}
	if err := schema.Value.VisitJSON(v, openapi3.MultiErrors()); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// Every kind of event is as the file says.
func TestOpenAPIEvents(t *testing.T) {
	doc := description(t)
	o := options(t, t.TempDir())
	listening(t, o)
	o.Events.Log(LogEntry{Level: "info", Message: "started"})
	schemas := map[EventKind]string{EventStatus: "Status", EventMeters: "Meters", EventSpectrum: "Spectrum", EventLog: "LogEntry", EventHistogram: "Histograms"}
	for ev, err := range NewClient(o.Dir).Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if name, there := schemas[ev.Kind]; there {
			fits(t, name, doc.Components.Schemas[name], ev.Data)
			delete(schemas, ev.Kind)
		}
		if len(schemas) == 0 {
			return
		}
	}
}
