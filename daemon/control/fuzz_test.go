package control

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.uber.org/zap"
)

// FuzzBodies sends any body to every POST of the API: the answer is JSON, and a
// body that is refused is the sender's fault, not the daemon's.
func FuzzBodies(f *testing.F) {
	o := Options{Dir: f.TempDir(), State: f.TempDir(), API: newMemory(f), Events: NewHub(), Log: zap.NewNop()}
	handler := routes(o, newPageServer(o))
	var paths []string
	for _, r := range table(o, newPageServer(o)) {
		if r.method == http.MethodPost {
			paths = append(paths, r.path)
		}
	}
	for i, body := range []string{`{"strength":"medium"}`, `{"strength":12.5}`, `{"on":true}`, `{"mode":"push-to-talk","pressed":true}`,
		`{"preset":"podcast"}`, `{"leveller":"strong","target_lufs":-18}`, `{"device":""}`, `{"model":""}`, `{"latency":"20ms"}`, `{"seconds":10}`,
		`RIFF$...WAVEfmt `, `{`, `[[[[`, `null`, `{"on":null}`, `{"on":true}{"on":true}`} {
		f.Add(uint8(i), []byte(body))
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		path := paths[int(which)%len(paths)]
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(body)))
		if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
			t.Errorf("POST %s %q: %d %s", path, body, w.Code, w.Body)
		}
		if w.Code != http.StatusOK && !json.Valid(w.Body.Bytes()) {
			t.Errorf("POST %s %q: %d, and no JSON: %q", path, body, w.Code, w.Body)
		}
	})
}
