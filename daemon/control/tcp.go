package control

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
)

// CheckListen says whether the page may listen at an address: on this machine
// only, with a port.
func CheckListen(address string) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("invalid address %q: use an address with a port, like 127.0.0.1:8765", address)
	}
	if !a.Addr().IsLoopback() {
		return fmt.Errorf("%s can be reached from other machines: use 127.0.0.1:%d", address, a.Port())
	}
	return nil
}

// servePage answers over TCP, to who has the token.
func (s *Server) servePage(o Options, routes http.Handler) error {
	if err := CheckListen(o.Listen); err != nil {
		return err
	}
	token, err := writeToken(o.Dir)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return errors.Join(err, os.Remove(TokenPath(o.Dir)))
	}
	s.token = TokenPath(o.Dir)
	s.page = "http://" + ln.Addr().String() + "/"
	s.serve(ln, guard(routes, token, ln.Addr().(*net.TCPAddr)), o.Log)
	return nil
}

// writeToken makes a token of 128 random bits and writes it for those who may
// read the user's files.
func writeToken(dir string) (string, error) {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // it never fails
	token := hex.EncodeToString(raw)
	path := TokenPath(dir)
	// A file of before may have other permissions: it is made anew.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("replace the token: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("write the token: %w", err)
	}
	_, err = f.WriteString(token + "\n")
	return token, errors.Join(err, f.Close())
}

// pageHeaders keep a browser from doing anything with an answer but what our
// page does: no other site may frame, load or guess it, and our page loads
// nothing from elsewhere.
var pageHeaders = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
		"media-src 'self' blob:; " +
		"connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Embedder-Policy": "require-corp",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "microphone=(), camera=(), geolocation=()",
	"Referrer-Policy":              "no-referrer",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
}

// guard lets through what our own page and the user's own programs ask.
//
//   - Host must name this address: a foreign name that was made to point here
//     (DNS rebinding) is refused.
//   - Origin and Sec-Fetch-Site, where a browser sends them, must be ours: no
//     other site's script, form or image reaches us.
//   - The token must be there, but for the page's own files, which hold no
//     secret, and the health check, which says nothing.
func guard(next http.Handler, token string, at *net.TCPAddr) http.Handler {
	hosts := []string{at.String(), fmt.Sprintf("localhost:%d", at.Port)}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for k, v := range pageHeaders {
			w.Header().Set(k, v)
		}
		switch {
		case !slices.Contains(hosts, strings.ToLower(r.Host)):
			writeError(w, http.StatusMisdirectedRequest, fmt.Errorf("this is %s, not %q", hosts[0], r.Host))
		case !sameSite(r) && !opensPage(r):
			writeError(w, http.StatusForbidden, errors.New("other web sites may not ask"))
		case needsToken(r) && !hasToken(r, token):
			w.Header().Set("WWW-Authenticate", "Bearer")
			writeError(w, http.StatusUnauthorized, errors.New("the token is missing or old: open the page with: stillmic page"))
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// sameSite says whether a request comes from our own page or from no page.
func sameSite(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return false
	}
	for _, origin := range r.Header.Values("Origin") {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" || !strings.EqualFold(u.Host, r.Host) {
			return false
		}
	}
	return true
}

// opensPage says whether somebody follows a link to the page, from a file of
// "stillmic page" or from anywhere: it gets what everybody gets, in a window of
// its own.
func opensPage(r *http.Request) bool {
	return r.Method == http.MethodGet && !needsToken(r) && r.Header.Get("Origin") == "" &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

// needsToken says whether a path is more than the page's own files.
func needsToken(r *http.Request) bool {
	p := r.URL.Path
	return strings.HasPrefix(p, "/v1/") || p == "/metrics"
}

// hasToken compares without telling by the time it takes how much is right.
func hasToken(r *http.Request, token string) bool {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(token))
	return ok && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
