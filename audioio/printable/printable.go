// Package printable makes names safe to print: of files, which may hold line ends and a
// terminal's control sequences, and of devices.
package printable

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns s with everything escaped, as in a Go string, that is no visible character
// or space: control characters, what turns the direction of writing, bytes that are no
// UTF-8. Most texts are returned as they are.
func Text(s string) string {
	if !strings.ContainsFunc(s, unsafe) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 || unsafe(r) {
			quoted := strconv.QuoteToASCII(s[:n])
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// List names up to five paths, and says how many more there are.
func List(paths []string) string {
	const most = 5
	var names []string
	for _, path := range paths[:min(len(paths), most)] {
		names = append(names, Text(path))
	}
	list := strings.Join(names, ", ")
	if more := len(paths) - most; more > 0 {
		list = fmt.Sprintf("%s and %d more", list, more)
	}
	return list
}

// unsafe reports whether a terminal may take a character for more than a sign. Formats
// (Cf) hold what turns the direction of writing, and also the joiner of emojis, which is
// no danger.
func unsafe(r rune) bool {
	const joiner = 0x200D
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) && r != joiner
}
