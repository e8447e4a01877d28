package control

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
)

// tokenBytes is the length of a token: 128 random bits.
const tokenBytes = 16

// ownToken returns the token of this session: that of the daemon before, if it may be kept, so
// that open tabs go on, else a new one, written for those who may read the user's files.
func ownToken(dir string, keep bool) (string, error) {
	path := TokenPath(dir)
	if keep {
		if token, ok := keptToken(path); ok {
			return token, nil
		}
	}
	raw := make([]byte, tokenBytes)
	_, _ = rand.Read(raw) // it never fails
	token := hex.EncodeToString(raw)
	// A file of before may have other permissions: it is made anew.
	if err := removeFile(path); err != nil {
		return "", fmt.Errorf("replace the token: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("write the token: %w", err)
	}
	_, err = f.WriteString(token + "\n")
	return token, errors.Join(err, f.Close())
}

// keptToken reads a token that nobody else could read.
func keptToken(path string) (token string, ok bool) {
	st, err := os.Lstat(path)
	if err != nil || !st.Mode().IsRegular() || st.Mode().Perm() != 0o600 {
		return "", false
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", false
	}
	token = strings.TrimSpace(string(text))
	raw, err := hex.DecodeString(token)
	return token, err == nil && len(raw) == tokenBytes
}

// bearer returns what a request shows as its token.
func bearer(r *http.Request) string {
	given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return given
}

// sameSecret compares without telling by the time it takes how much is right.
func sameSecret(given, secret string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(secret))
	return secret != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// leastMetricsToken is how many characters a token that a person chose has at least.
const leastMetricsToken = 16

// readMetricsToken reads the token for /metrics each time, so that it can be changed; "" if there
// is none that is long enough.
func readMetricsToken(path string) string {
	if path == "" {
		return ""
	}
	text, err := os.ReadFile(path)
	token := strings.TrimSpace(string(text))
	if err != nil || len(token) < leastMetricsToken {
		return ""
	}
	return token
}
