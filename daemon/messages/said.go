package messages

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// said begins the keys of what the daemon and the commands say: reasons of states, errors. They say
// it in English, as the log has it; page and tray show it in their language. The English text of
// such a key is what is said, word for word, with {names} for what changes.
const said = "said."

// sentence is something that may be said.
type sentence struct {
	key     string
	pattern *regexp.Regexp // a group for each name
	letters int            // that are the same each time
}

// sentences returns all that may be said, the most exact first.
var sentences = sync.OnceValue(func() []sentence {
	en, err := Load("en")
	if err != nil {
		return nil // a test holds the files
	}
	var list []sentence
	for key, text := range en {
		if !strings.HasPrefix(key, said) {
			continue
		}
		pattern := named.ReplaceAllString(regexp.QuoteMeta(text), "(?P<$1>.+?)")
		list = append(list, sentence{key, regexp.MustCompile("^" + pattern + "$"), len(named.ReplaceAllString(text, ""))})
	}
	slices.SortFunc(list, func(a, b sentence) int {
		return cmp.Or(b.letters-a.letters, strings.Compare(a.key, b.key))
	})
	return list
})

// named is a name in a text, as it is and as a regular expression has it.
var named = regexp.MustCompile(`\\?\{(\w+)\\?\}`)

// Said returns what the daemon or a command says in the language of c, line by line. What is put
// in for {why} and {what} is something said, too. What is not known stays as it is.
func (c Catalog) Said(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = c.saidLine(line)
	}
	return strings.Join(lines, "\n")
}

func (c Catalog) saidLine(line string) string {
	for _, s := range sentences() {
		m := s.pattern.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		var put []string
		for i, name := range s.pattern.SubexpNames()[1:] {
			value := m[i+1]
			if name == "why" || name == "what" {
				value = c.saidLine(value)
			}
			put = append(put, name, value)
		}
		return c.Text(s.key, put...)
	}
	return line
}
