package control

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// maxUpload is the longest file that is cleaned: 1 GiB, 3 h of stereo WAV.
	maxUpload = 1 << 30

	// pieceTimeout is how long one piece of an upload or its answer may take.
	pieceTimeout = 30 * time.Second
)

// uploads cleans files that are sent, one at a time: the microphone needs the
// other processor.
type uploads struct {
	api  API
	dir  string // where they lie meanwhile
	turn chan struct{}
}

// newUploads forgets what a daemon that was killed has left in the folder.
func newUploads(api API, dir string) uploads {
	_ = os.RemoveAll(dir) // what cannot be removed will not be read either
	return uploads{api, dir, make(chan struct{}, 1)}
}

// clean answers a file with the cleaned one.
func (u uploads) clean(w http.ResponseWriter, r *http.Request) {
	select {
	case u.turn <- struct{}{}:
		defer func() { <-u.turn }()
	default:
		writeError(w, http.StatusConflict, fmt.Errorf("%w: another file is being cleaned", ErrBusy))
		return
	}
	if r.ContentLength > maxUpload {
		writeError(w, http.StatusRequestEntityTooLarge,
			fmt.Errorf("%d bytes: %d at most; use stillmic clean", r.ContentLength, maxUpload))
		return
	}
	o, err := cleanOptions(r)
	if err != nil {
		writeError(w, http.StatusBadRequest, err)
		return
	}
	dir, err := u.folder()
	if err != nil {
		writeError(w, http.StatusInternalServerError, err)
		return
	}
	defer os.RemoveAll(dir)
	in := filepath.Join(dir, "recording"+suffix(r.URL.Query().Get("name")))
	if err := receive(w, r, in); err != nil {
		code := http.StatusBadRequest
		if tooLong(err) {
			code = http.StatusRequestEntityTooLarge
		}
		writeError(w, code, fmt.Errorf("take the file: %w", err))
		return
	}
	if strings.Contains(r.Header.Get("Accept"), formType) {
		o.Picture = filepath.Join(dir, "picture.png")
	}
	res, err := u.api.Clean(r.Context(), in, o)
	if err != nil {
		writeError(w, http.StatusUnprocessableEntity, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Stillmic-Report", string(res.Report))
	if o.Picture != "" {
		sendForm(w, res.Path, o.Picture)
		return
	}
	send(w, res.Path)
}

// folder makes a folder for one upload, which only the user can read.
func (u uploads) folder() (string, error) {
	if err := os.MkdirAll(u.dir, 0o700); err != nil {
		return "", fmt.Errorf("folder for uploads: %w", err)
	}
	dir, err := os.MkdirTemp(u.dir, "")
	if err != nil {
		return "", fmt.Errorf("folder for uploads: %w", err)
	}
	return dir, nil
}

// receive writes the body to a file, piece by piece.
func receive(w http.ResponseWriter, r *http.Request, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	rc := http.NewResponseController(w)
	// While a file is cleaned nothing is written: the limit starts with the answer.
	err = rc.SetWriteDeadline(time.Time{})
	n := int64(0)
	if err == nil {
		n, err = io.Copy(f, patient{http.MaxBytesReader(w, r.Body, maxUpload), rc})
	}
	if err == nil && n == 0 {
		err = errors.New("it is empty")
	}
	return errors.Join(err, f.Close(), rc.SetReadDeadline(time.Time{}))
}

// patient gives every read of a request time of its own.
type patient struct {
	r  io.Reader
	rc *http.ResponseController
}

func (p patient) Read(b []byte) (int, error) {
	if err := p.rc.SetReadDeadline(time.Now().Add(pieceTimeout)); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}
