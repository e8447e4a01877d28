// Package web is the page of stillmic: hand-written HTML, CSS and ES modules
// in the folder page, carried within the program. It loads nothing from
// elsewhere and holds no secret; what it shows it asks the control API for, with
// the token that its address brings.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/stillmic/stillmic/daemon/messages"
)

//go:embed page
var page embed.FS

// types are the kinds of file of the page. The system's own table is not asked:
// on some machines it calls JavaScript plain text.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
	".json": "application/json",
}

// file is one file of the page, ready to be sent.
type file struct {
	content   []byte
	kind, tag string
}

// add reads the files of a folder, which are served below a path.
func add(files map[string]file, from embed.FS, folder, below string) error {
	return fs.WalkDir(from, folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := from.ReadFile(name)
		if err != nil {
			return err
		}
		kind, known := types[path.Ext(name)]
		if !known {
			return fmt.Errorf("%s: a file of no known kind", name)
		}
		sum := sha256.Sum256(content)
		files[below+strings.TrimPrefix(name, folder)] = file{content, kind, `"` + hex.EncodeToString(sum[:8]) + `"`}
		return nil
	})
}

// Handler answers GET / with the page and GET /assets/... with its parts, GET /messages/... with
// its texts, and everything else with 404. Browsers ask again each time whether a part is the
// same, so that the page never is of two versions. What keeps strangers out, the
// Content-Security-Policy included, package control adds.
func Handler() http.Handler {
	files := map[string]file{}
	if err := errors.Join(add(files, page, "page", ""), add(files, messages.Files, ".", "/messages/")); err != nil {
		panic(err) // the files are within the program: the same each time, and tested
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Path
		if name == "/" {
			name = "/index.html"
		}
		f, ok := files[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "the page can only be read", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Content-Type", f.kind)
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", f.tag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.content))
	})
}
