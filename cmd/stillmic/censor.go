package main

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"regexp"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/stillmic/stillmic/daemon/device"
)

// censor replaces what names a person or a thing of his.
type censor struct{ names map[string]string }

func newCensor() *censor {
	c := &censor{map[string]string{}}
	if home, err := os.UserHomeDir(); err == nil {
		c.hide(home, "~")
	}
	if u, err := user.Current(); err == nil {
		c.hide(u.Username, "USER")
		for part := range strings.FieldsSeq(strings.ReplaceAll(u.Name, ",", " ")) {
			c.hide(part, "NAME")
		}
	}
	if host, err := os.Hostname(); err == nil {
		c.hide(host, "HOST")
	}
	return c
}

// leastName is the shortest name that is hidden: shorter ones are within words.
const leastName = 3

// hide has a name replaced, also as JSON writes it.
func (c *censor) hide(name, by string) {
	if len(name) < leastName || name == "root" {
		return
	}
	c.names[strings.ToValidUTF8(name, invalid)] = by
	var quoted strings.Builder
	if err := writeJSON(&quoted, "", name); err == nil {
		c.names[strings.TrimSuffix(quoted.String(), "\"\n")[1:]] = by
	}
}

// invalid stands for bytes that are no UTF-8: a folder's name may have such ones, a pattern may not.
const invalid = "\uFFFD"

// devices hides what people have called their Bluetooth devices, where the server answers.
func (c *censor) devices(ctx context.Context, b device.Backend) {
	srv, err := b.Dial(ctx)
	if err != nil {
		return
	}
	defer srv.Close()
	list, err := srv.Devices()
	if err != nil {
		return
	}
	for i, d := range list {
		if strings.Contains(d.Name, "bluez") {
			by := fmt.Sprintf("bluetooth device %d", i+1)
			c.hide(d.Description, by)
			c.hide(strings.TrimPrefix(d.Description, "Monitor of "), by) // as an output it has its own name
		}
	}
}

// escape is a character before a name as JSON and Go write it, \n or \u003c: its last letter is none of a word.
var escape = regexp.MustCompile(`\\([abfnrtv]|x[[:xdigit:]]{2}|u[[:xdigit:]]{4}|U[[:xdigit:]]{8})$`)

const longestEscape = len(`\U0010ffff`)

// replaceWord replaces a name in any case, its genitive too, but not a part of another word: what is left of
// that would tell the name.
func replaceWord(s, name, by string) string {
	all := regexp.MustCompile(`(?i)` + regexp.QuoteMeta(name) + `s?`)
	letter := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	var b strings.Builder
	last := 0
	for _, at := range all.FindAllStringIndex(s, -1) {
		before, _ := utf8.DecodeLastRuneInString(s[:at[0]])
		after, _ := utf8.DecodeRuneInString(s[at[1]:])
		first, _ := utf8.DecodeRuneInString(name)
		inWord := letter(before) && letter(first) && !escape.MatchString(s[max(0, at[0]-longestEscape):at[0]])
		if inWord || letter(after) {
			continue
		}
		b.WriteString(s[last:at[0]] + by)
		last = at[1]
	}
	return b.String() + s[last:]
}

// address is a Bluetooth or network address, as names of devices hold it.
var address = regexp.MustCompile(`(?i)\b[0-9a-f]{2}([:_-][0-9a-f]{2}){5}\b`)

// text returns a text without the names, the longest of them first.
func (c *censor) text(s string) string {
	names := make([]string, 0, len(c.names))
	for n := range c.names {
		names = append(names, n)
	}
	sort.Slice(names, func(i, j int) bool { return len(names[i]) > len(names[j]) })
	s = strings.ToValidUTF8(s, invalid)
	for _, n := range names {
		s = replaceWord(s, n, c.names[n])
	}
	return address.ReplaceAllString(s, "XX:XX:XX:XX:XX:XX")
}
