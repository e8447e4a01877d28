package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// read reads a JSON body strictly, or answers why it cannot.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
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
	refuse(w, code, fmt.Errorf("the body is not what %s takes: %w", r.URL.Path, err))
	return false
}

func tooLong(err error) bool {
	var e *http.MaxBytesError
	return errors.As(err, &e)
}

// code is the status code of an error of the API.
func code(err error) int {
	switch {
	case errors.Is(err, ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, ErrBusy):
		return http.StatusConflict
	case errors.Is(err, ErrNotNow):
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// show answers a question.
func show(w http.ResponseWriter, v any, err error) {
	if err != nil {
		refuse(w, code(err), err)
		return
	}
	answer(w, http.StatusOK, v)
}

func refuse(w http.ResponseWriter, code int, err error) {
	answer(w, code, map[string]string{"error": err.Error()})
}

func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // fails only when nobody listens any more
}
