package control

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
)

// record starts an A/B recording.
func (h handlers) record(w http.ResponseWriter, r *http.Request) {
	body := struct {
		Seconds float64 `json:"seconds"`
	}{Seconds: 10}
	if !decodeJSON(w, r, &body) {
		return
	}
	if body.Seconds < 1 || body.Seconds > maxSeconds {
		writeError(w, http.StatusBadRequest, fmt.Errorf("%g seconds: 1 to %d are possible", body.Seconds, maxSeconds))
		return
	}
	if err := h.api.Record(body.Seconds); err != nil {
		writeError(w, statusCode(err), err)
		return
	}
	h.recording(w, r)
}

func (h handlers) recording(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, h.api.Recording())
}

func (h handlers) deleteRecording(w http.ResponseWriter, r *http.Request) {
	if err := h.api.DeleteRecording(); err != nil {
		writeError(w, statusCode(err), err)
		return
	}
	h.recording(w, r)
}

// track sends one track of the recording.
func (h handlers) track(w http.ResponseWriter, r *http.Request) {
	name, isWAV := strings.CutSuffix(r.PathValue("file"), ".wav")
	if !isWAV || !slices.Contains(Tracks, Track(name)) {
		writeError(w, http.StatusNotFound, fmt.Errorf("no track %q: use raw.wav, clean.wav or removed.wav", r.PathValue("file")))
		return
	}
	path, err := h.api.RecordingPath(Track(name))
	if err != nil {
		writeError(w, statusCode(err), err)
		return
	}
	f, err := os.Open(path)
	if err != nil {
		writeError(w, http.StatusNotFound, fmt.Errorf("the recording is gone: %w", err))
		return
	}
	defer f.Close()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute)) // the answer fails then
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(w, r, "", time.Time{}, f)
}

// replay sends the last seconds.
func (h handlers) replay(w http.ResponseWriter, _ *http.Request) {
	var b bytes.Buffer // 2.9 MB: an error is still one
	if err := h.api.Replay(&b); err != nil {
		writeError(w, statusCode(err), err)
		return
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = b.WriteTo(w) // fails only when nobody listens any more
}

// listen streams one side of the microphone as a WAV file without an end.
func (h handlers) listen(w http.ResponseWriter, r *http.Request) {
	t := Track(r.URL.Query().Get("track"))
	if !slices.Contains(Tracks, t) {
		writeError(w, http.StatusBadRequest, fmt.Errorf("track %q: use raw, clean or removed", t))
		return
	}
	out := http.NewResponseController(w)
	if err := out.SetReadDeadline(time.Time{}); err != nil {
		return // the connection is gone
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "no-store")
	wav, err := wav.NewWriter(w, pcm.Format{Rate: audioio.SampleRate, Channels: 1, Encoding: pcm.Float32}, metadata.Metadata{})
	if err != nil {
		return
	}
	_ = out.Flush() // Listen's first sample finds out
	_ = h.api.Listen(r.Context(), t, func(samples []float32) error {
		if err := out.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
			return err
		}
		if err := wav.Write(samples); err != nil {
			return err
		}
		return out.Flush()
	}) // it ends when either side leaves, and nobody is left to be told why
}
