package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// decodeJSON reads a JSON body strictly, or answers why it cannot.
func decodeJSON(w http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one JSON value")
			if tooLong(more) {
				err = more
			}
		}
	}
	if err == nil {
		return true
	}
	code := http.StatusBadRequest
	if tooLong(err) {
		code = http.StatusRequestEntityTooLarge
	}
	writeError(w, code, fmt.Errorf("the body is not what %s takes: %w", r.URL.Path, err))
	return false
}

func tooLong(err error) bool {
	var e *http.MaxBytesError
	return errors.As(err, &e)
}

// statusCode is that of an error of the API.
func statusCode(err error) int {
	switch {
	case errors.Is(err, ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, ErrBusy):
		return http.StatusConflict
	case errors.Is(err, ErrPageOff):
		return http.StatusForbidden
	case errors.Is(err, ErrCode):
		return http.StatusUnauthorized
	case errors.Is(err, ErrNotNow):
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// respond answers a question.
func respond(w http.ResponseWriter, v any, err error) {
	if err != nil {
		writeError(w, statusCode(err), err)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

func writeError(w http.ResponseWriter, code int, err error) {
	writeJSON(w, code, map[string]string{"error": err.Error()})
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // fails only when nobody listens any more
}
