// Package messages holds what people read on the page, in the tray and in notifications, a file
// of texts for each language. The command line and the log are English.
package messages

import (
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/text/language"
)

// Files holds LANGUAGE.json for each language. A text may hold {names} of what is put in.
//
//go:embed *.json
var Files embed.FS

// Languages are those there are, the one to fall back to first.
var Languages = []string{"en", "de", "fr", "es", "pt", "ja", "zh"}

// Catalog holds the texts of one language by their keys.
type Catalog map[string]string

// Load reads the texts of one of Languages.
func Load(name string) (Catalog, error) {
	text, err := Files.ReadFile(name + ".json")
	if err != nil {
		return nil, fmt.Errorf("texts in %q: %w", name, err)
	}
	var c Catalog
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("texts in %q: %w", name, err)
	}
	return c, nil
}

// ForSystem loads the texts in the language that the environment asks for, by LANGUAGE, LC_ALL,
// LC_MESSAGES and LANG as gettext reads them.
func ForSystem() (Catalog, error) { return Load(choose(os.Getenv)) }

// choose returns one of Languages.
func choose(getenv func(string) string) string {
	locale := ""
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale = getenv(name); locale != "" {
			break
		}
	}
	wanted := []string{locale}
	if locale != "" && locale != "C" && locale != "POSIX" && !strings.HasPrefix(locale, "C.") {
		wanted = append(strings.Split(getenv("LANGUAGE"), ":"), locale)
	}
	var tags []language.Tag
	for _, w := range wanted {
		w, _, _ = strings.Cut(w, ".") // de_DE.UTF-8
		w, _, _ = strings.Cut(w, "@")
		if tag, err := language.Parse(w); err == nil && w != "" {
			tags = append(tags, tag)
		}
	}
	known := make([]language.Tag, len(Languages))
	for i, l := range Languages {
		known[i] = language.MustParse(l)
	}
	_, i, confidence := language.NewMatcher(known).Match(tags...)
	if confidence == language.No {
		return Languages[0]
	}
	return Languages[i]
}

// Text returns a text with names and values put in, one after another. A key that is not there
// comes back as it is: a test holds every key that is used.
func (c Catalog) Text(key string, put ...string) string {
	text, ok := c[key]
	if !ok {
		return key
	}
	for i := 0; i+1 < len(put); i += 2 {
		text = strings.ReplaceAll(text, "{"+put[i]+"}", put[i+1])
	}
	return text
}
