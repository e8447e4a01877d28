package control

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// CleanOptions say how a recording that is sent is cleaned.
type CleanOptions struct {
	// Preset finishes the voice; "" leaves it, at the strength of the microphone.
	Preset string
	// Loudness is what the result is brought to in LUFS, 0 for what the preset says.
	Loudness float64
	// Picture is a file for spectrograms of before and after, "" for none.
	Picture string
}

// CleanResult is a recording that was cleaned.
type CleanResult struct {
	Path   string // of the result, in the recording's format if that can be written
	Report []byte // what "stillmic clean --json" prints, in one line
}

// formType is a kind of answer that holds several files.
const formType = "multipart/form-data"

// cleanOptions reads the query of a request: preset, loudness.
func cleanOptions(r *http.Request) (o CleanOptions, err error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return o, fmt.Errorf("read the address: %w", err)
	}
	o.Preset = query.Get("preset")
	if text := query.Get("loudness"); text != "" {
		if o.Loudness, err = strconv.ParseFloat(text, 64); err != nil || !(o.Loudness >= -70 && o.Loudness <= -5) {
			return o, fmt.Errorf("invalid loudness %q: use -70 to -5 LUFS", text)
		}
	}
	return o, nil
}

var plainSuffix = regexp.MustCompile(`^\.[a-z0-9]{1,8}$`)

// suffix is the end of a file's name, which says its format: "" for one that says none.
func suffix(name string) string {
	if ext := strings.ToLower(filepath.Ext(name)); plainSuffix.MatchString(ext) {
		return ext
	}
	return ""
}

// mediaTypes are those of recordings, by the ends of their names.
var mediaTypes = map[string]string{
	".wav": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".oga": "audio/ogg",
	".opus": "audio/ogg", ".m4a": "audio/mp4", ".aac": "audio/aac", ".mp4": "video/mp4", ".mkv": "video/x-matroska",
	".mka": "audio/x-matroska", ".webm": "video/webm", ".png": "image/png",
}

func mediaType(path string) string {
	if kind := mediaTypes[filepath.Ext(path)]; kind != "" {
		return kind
	}
	return "application/octet-stream"
}

// send answers with a file.
func send(w http.ResponseWriter, path string) {
	f, err := os.Open(path)
	if err != nil {
		writeError(w, http.StatusInternalServerError, fmt.Errorf("read the cleaned file: %w", err))
		return
	}
	defer f.Close()
	if st, err := f.Stat(); err == nil {
		w.Header().Set("Content-Length", fmt.Sprint(st.Size()))
	}
	w.Header().Set("Content-Type", mediaType(path))
	_ = copyPatiently(w, w, f) // nobody listens any more
}

// sendForm answers with two files: recording and picture.
func sendForm(w http.ResponseWriter, recording, picture string) {
	form := multipart.NewWriter(w)
	w.Header().Set("Content-Type", form.FormDataContentType())
	for _, part := range []struct{ name, path string }{{"recording", recording}, {"picture", picture}} {
		if err := sendPart(w, form, part.name, part.path); err != nil {
			// The answer has begun: only its end can say that it is not whole.
			panic(http.ErrAbortHandler)
		}
	}
	_ = form.Close() // nobody listens any more
}

// sendPart writes a file into a form.
func sendPart(w http.ResponseWriter, form *multipart.Writer, name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition(name, filepath.Base(path))},
		"Content-Type":        {mediaType(path)},
	})
	if err != nil {
		return err
	}
	return copyPatiently(w, part, f)
}

// copyPatiently copies a file into an answer, and gives every piece time of its own.
func copyPatiently(w http.ResponseWriter, to io.Writer, f *os.File) error {
	rc := http.NewResponseController(w)
	for {
		if err := rc.SetWriteDeadline(time.Now().Add(pieceTimeout)); err != nil {
			return err
		}
		if _, err := io.CopyN(to, f, 1<<20); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
