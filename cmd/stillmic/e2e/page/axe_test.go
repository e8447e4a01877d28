//go:build linux

package page

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// axe-core finds faults of accessibility. Its licence (MPL-2.0) is not ours, so
// it is fetched when the test needs it, this version alone.
const (
	axeVersion = "4.14.1"
	axeSHA512  = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
)

// axeFault is a finding of axe.
type axeFault struct {
	ID     string   `json:"id"`
	Impact string   `json:"impact"` // minor, moderate, serious or critical
	Help   string   `json:"help"`
	Where  []string `json:"where"`
}

// axeScript returns axe-core's source, from the cache of the user or the
// registry that npm_config_registry names, npm's own without.
func axeScript(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skipf("no folder for axe-core: %v", err)
	}
	path := filepath.Join(cache, "stillmic-test", "axe-core-"+axeVersion+".tgz")
	archive, err := os.ReadFile(path)
	if err != nil || !isAxe(archive) {
		if archive, err = fetchAxe(t.Context()); err != nil {
			t.Skipf("axe-core %s cannot be had, so accessibility is NOT tested: %v; put its archive at %s", axeVersion, err, path)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, archive, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script, err := unpack(archive, "package/axe.min.js")
	if err != nil {
		t.Fatalf("axe-core: %v", err)
	}
	return script
}

func isAxe(archive []byte) bool {
	sum := sha512.Sum512(archive)
	return base64.StdEncoding.EncodeToString(sum[:]) == axeSHA512
}

func fetchAxe(ctx context.Context) ([]byte, error) {
	registry := strings.TrimSuffix(os.Getenv("npm_config_registry"), "/")
	if registry == "" {
		registry = "https://registry.npmjs.org"
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, registry+"/axe-core/-/axe-core-"+axeVersion+".tgz", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", req.URL, resp.Status)
	}
	archive, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err == nil && !isAxe(archive) {
		err = errors.New("its checksum is another")
	}
	return archive, err
}

// unpack returns one file of a .tar.gz.
func unpack(archive []byte, name string) (string, error) {
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return "", err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		if h.Name == name {
			content, err := io.ReadAll(r)
			return string(content), err
		}
	}
}

// check fails the test for every finding of axe.
func (p *tab) check(view string) {
	p.T.Helper()
	faults := ask[[]axeFault](p, `axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations.map((v) =>
		({id: v.id, impact: v.impact, help: v.help, where: v.nodes.map((n) => n.target.join(" ") + ": " + (n.any[0]?.message ?? ""))})))`)
	for _, f := range faults {
		p.T.Errorf("%s: %s: %s (%s) at %s", view, f.Impact, f.Help, f.ID, strings.Join(f.Where, "; "))
	}
}
