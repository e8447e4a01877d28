package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/stillmic/stillmic/daemon/control/peer"
)

// CheckListen returns an error unless the page may listen at an address: on this machine
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
//     secret, the health check, which says nothing, and the exchange of a code.
//   - Who has the token must be this user: a program of another that listened at
//     this port while no daemon did may have been shown it by a page.
func guard(next http.Handler, token, metricsToken string, at *net.TCPAddr) http.Handler {
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
		case r.URL.Path == "/metrics" && sameSecret(bearer(r), readMetricsToken(metricsToken)):
			next.ServeHTTP(w, r) // Prometheus is another user
		case needsToken(r) && !sameSecret(bearer(r), token):
			w.Header().Set("WWW-Authenticate", "Bearer")
			writeError(w, http.StatusUnauthorized, errors.New("the token is missing or old: open the page with: stillmic page"))
		case needsToken(r) && isStranger(r):
			writeError(w, http.StatusForbidden, errors.New("this page is another user's"))
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// sameSite reports whether a request comes from our own page or from no page.
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

// opensPage reports whether somebody follows a link to the page, from a file of
// "stillmic page" or from anywhere: it gets what everybody gets, in a window of
// its own.
func opensPage(r *http.Request) bool {
	return r.Method == http.MethodGet && !needsToken(r) && r.Header.Get("Origin") == "" &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

// needsToken reports whether a path is more than the page's own files and the way in.
func needsToken(r *http.Request) bool {
	p := r.URL.Path
	return strings.HasPrefix(p, "/v1/") && p != tokenRoute || p == "/metrics"
}

// isStranger reports whether a request is known to come from another user.
func isStranger(r *http.Request) bool {
	err := callerOf(r)
	return err != nil && !errors.Is(err, peer.ErrUnknown)
}

// peerKey is where the context of a request keeps who is at the other end.
type peerKey struct{}

// withPeer has requests of a TCP connection know whose it is. That is looked up once, when
// it is asked for: the table of the system is long.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	if _, tcp := c.(*net.TCPConn); !tcp {
		return ctx
	}
	return context.WithValue(ctx, peerKey{}, sync.OnceValue(func() error { return peer.CheckTCP(c) }))
}

// callerOf returns why a request may be another user's, nil if it is this one's or the
// superuser's. Of what comes by the socket that is known already.
func callerOf(r *http.Request) error {
	if check, tcp := r.Context().Value(peerKey{}).(func() error); tcp {
		return check()
	}
	return nil
}
