package config

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/stillmic/stillmic/daemon/nearest"
	"github.com/stillmic/stillmic/daemon/rules"
)

// explainTOML says where in the file an error of the decoder is, and what is meant instead.
func explainTOML(path string, text []byte, err error) error {
	var unknown *toml.StrictMissingError
	var bad *toml.DecodeError
	switch {
	case errors.As(err, &unknown) && len(unknown.Errors) > 0:
		first := unknown.Errors[0]
		line, _ := first.Position()
		return fmt.Errorf("%s:%d: %s", path, line, explainUnknown(first.Key()))
	case errors.As(err, &bad):
		line, _ := bad.Position()
		if key, value := bareText(text, line); key != "" {
			return fmt.Errorf("%s:%d: %s: a text stands in quotes, like %s = %q", path, line, key, key, value)
		}
		key := ""
		if k := bad.Key(); len(k) > 0 {
			key = strings.Join(k, ".") + ": "
		}
		return fmt.Errorf("%s:%d: %s%s", path, line, key, plainType(strings.TrimPrefix(bad.Error(), "toml: ")))
	}
	return fmt.Errorf("%s: %w", path, err)
}

var (
	assignment = regexp.MustCompile(`^\s*([\w-]+)\s*=\s*([^"'\[{#\s][^#]*?)\s*(#.*)?$`)
	bareValue  = regexp.MustCompile(`^(true|false|[+-]?(\d[\d_]*)(\.\d+)?([eE][+-]?\d+)?)$`)
)

// bareText returns the key and the value of a line whose value is a text without quotes, else "".
func bareText(text []byte, line int) (key, value string) {
	lines := strings.Split(string(text), "\n")
	if line < 1 || line > len(lines) {
		return "", ""
	}
	m := assignment.FindStringSubmatch(strings.TrimRight(lines[line-1], "\r"))
	if m == nil || bareValue.MatchString(m[2]) {
		return "", ""
	}
	return m[1], m[2]
}

// explainUnknown names the section or the key that was probably meant.
func explainUnknown(key []string) string {
	sections := map[string][]string{"rule": ruleKeys()}
	for _, known := range Keys() {
		section, name, _ := strings.Cut(known, ".")
		sections[section] = append(sections[section], name)
	}
	if of := sectionsOf(key, sections); len(of) > 0 {
		return fmt.Sprintf("unknown key %s; it stands under %s", strings.Join(key, "."), strings.Join(of, ", "))
	}
	names, inSection := sections[key[0]]
	if len(key) == 1 || !inSection {
		var all []string
		for section := range sections {
			all = append(all, section)
		}
		slices.Sort(all)
		near := bracketed(nearest.Word(key[0], all))
		return suggest("unknown section", bracketed(key[0]), near, "sections are "+strings.Join(all, ", "))
	}
	near := nearest.Word(key[1], names)
	if near != "" {
		near = key[0] + "." + near
	}
	return suggest("unknown key", strings.Join(key, "."), near, bracketed(key[0])+" has "+strings.Join(names, ", "))
}

// sectionsOf lists the sections that have a key which stands in none, or in another one.
func sectionsOf(key []string, sections map[string][]string) (list []string) {
	if _, isSection := sections[key[0]]; isSection != (len(key) == 2) {
		return nil
	}
	for section, names := range sections {
		if slices.Contains(names, key[len(key)-1]) {
			list = append(list, bracketed(section))
		}
	}
	slices.Sort(list)
	return list
}

func suggest(what, is, near, all string) string {
	if near == "" {
		return fmt.Sprintf("%s %s; %s", what, is, all)
	}
	return fmt.Sprintf("%s %s; did you mean %s?", what, is, near)
}

// ruleKeys lists the keys of a [[rule]].
func ruleKeys() (names []string) {
	for field := range reflect.TypeFor[rules.Rule]().Fields() {
		names = append(names, field.Tag.Get("toml"))
	}
	return names
}

// wrongType is what the decoder says of a value that does not fit its key's type in Go.
var wrongType = regexp.MustCompile(`^cannot decode TOML \w+ into .* of type (\w+)$`)

// plainType says it without Go's types.
func plainType(text string) string {
	m := wrongType.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	want := map[string]string{"float64": "it must be a number, like 5", "int": "it must be a whole number, like 5",
		"bool": "it must be true or false", "string": `it must be a text in quotes, like "x"`}[m[1]]
	return cmp.Or(want, text)
}

// bracketed writes a section as the file has it.
func bracketed(section string) string {
	switch section {
	case "":
		return ""
	case "rule":
		return "[[rule]]" // there are several
	}
	return "[" + section + "]"
}
