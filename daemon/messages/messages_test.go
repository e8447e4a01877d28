package messages

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

var placeholder = regexp.MustCompile(`\{\w+\}`)

// Every language has every text, with the same values to put in, and none is so long that a
// button or a menu would burst.
func TestComplete(t *testing.T) {
	en, err := Load("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Languages[1:] {
		c, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		same := 0
		for key, text := range en {
			own, ok := c[key]
			if !ok || own == "" {
				t.Errorf("%s lacks %s", name, key)
				continue
			}
			if own == text {
				same++
			}
			want, got := placeholder.FindAllString(text, -1), placeholder.FindAllString(own, -1)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("%s: %s puts in %v, want %v", name, key, got, want)
			}
			if most := 2*utf8.RuneCountInString(text) + 12; utf8.RuneCountInString(own) > most {
				t.Errorf("%s: %s has %d letters, %d at most: %s", name, key, utf8.RuneCountInString(own), most, own)
			}
		}
		for key := range c {
			if _, ok := en[key]; !ok {
				t.Errorf("%s has %s, which is in no other", name, key)
			}
		}
		if same > len(en)/10 {
			t.Errorf("%s: %d of %d texts are the English ones", name, same, len(en))
		}
	}
}

// Every key that the page and the tray use is there, every text is used, and the page begins with
// the English ones.
func TestKeysAreUsed(t *testing.T) {
	en, err := Load("en")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, pattern := range []string{"../web/page/*.html", "../web/page/assets/*.js", "../tray/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
	}
	code := all.String()
	for _, m := range regexp.MustCompile(`\bt\("([^"]+)"|data-t(?:-label)?="([^"]+)"|Text\("([^"]+)"`).FindAllStringSubmatch(code, -1) {
		if key := m[1] + m[2] + m[3]; en[key] == "" && !strings.HasSuffix(key, ".") {
			t.Errorf("there is no text %s", key)
		}
	}
	made := regexp.MustCompile(`^(state|head|why|strength|preset|voice|talk|latency|focus|tray|keys|said|log|enrol)\.`) // keys that the code puts together
	for key := range en {
		if !strings.Contains(code, `"`+key+`"`) && !made.MatchString(key) {
			t.Errorf("nothing uses %s", key)
		}
	}
	page, err := os.ReadFile("../web/page/index.html")
	if err != nil {
		t.Fatal(err)
	}
	plain := strings.NewReplacer("&ldquo;", "“", "&rdquo;", "”", "&amp;", "&")
	for _, m := range regexp.MustCompile(`data-t="([^"]+)"[^>]*>([^<]*)<`).FindAllStringSubmatch(string(page), -1) {
		if plain.Replace(m[2]) != en[m[1]] {
			t.Errorf("the page begins with %q, %s is %q", m[2], m[1], en[m[1]])
		}
	}
	for _, m := range regexp.MustCompile(`aria-label="([^"]+)" data-t-label="([^"]+)"`).FindAllStringSubmatch(string(page), -1) {
		if m[1] != en[m[2]] {
			t.Errorf("the page begins with the label %q, %s is %q", m[1], m[2], en[m[2]])
		}
	}
}

// The page has no text of its own: what people read has a key, in the page itself and in what its scripts make.
func TestPageHasNoOtherText(t *testing.T) {
	page, err := os.ReadFile("../web/page/index.html")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(page), "<body>")
	names := []string{"Stillmic", "Zoom", "Teams", "Meet", "Discord", "OBS", "20 dB"}
	letters := regexp.MustCompile(`[A-Za-z]{2}`)
	for _, m := range regexp.MustCompile(`<([^>]*)>([^<]*)`).FindAllStringSubmatch(body, -1) {
		tag, text := m[1], strings.TrimSpace(regexp.MustCompile(`&\w+;`).ReplaceAllString(m[2], ""))
		if letters.MatchString(text) && !strings.Contains(tag, "data-t=") && !slices.Contains(names, text) {
			t.Errorf("the page says %q in English alone", text)
		}
		if strings.Contains(tag, "aria-label=") && !strings.Contains(tag, "data-t-label=") {
			t.Errorf("<%s> is named in English alone", tag)
		}
	}
	scripts, err := filepath.Glob("../web/page/assets/*.js")
	if err != nil {
		t.Fatal(err)
	}
	other := []string{"Enter", "Accept", "Authorization"} // a key, headers
	for _, path := range scripts {
		code, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		code = regexp.MustCompile(`(?m)^\s*(//|/?\*).*$|\s//.*$`).ReplaceAll(code, nil)
		for _, m := range regexp.MustCompile("[\"`]([A-Z][a-z][^\"`$]*)").FindAllStringSubmatch(string(code), -1) {
			if !slices.Contains(other, strings.TrimSpace(m[1])) && !strings.HasPrefix(m[1], "Bearer ") &&
				!strings.HasPrefix(m[1], "Stillmic") {
				t.Errorf("%s says %q in English alone", filepath.Base(path), m[1])
			}
		}
	}
}

func TestChoose(t *testing.T) {
	for _, c := range []struct{ env, want string }{
		{"", "en"},
		{"LANG=C.UTF-8", "en"},
		{"LANG=de_AT.UTF-8", "de"},
		{"LANG=de_DE.UTF-8 LC_ALL=fr_FR", "fr"},
		{"LANG=pt_BR.UTF-8", "pt"},
		{"LANG=zh_TW.UTF-8", "zh"},
		{"LANG=ja_JP.eucJP@x", "ja"},
		{"LANG=fi_FI.UTF-8", "en"},
		{"LANG=fi_FI.UTF-8 LANGUAGE=fi:es", "es"},
		{"LANG=C LANGUAGE=de", "en"},
		{"LANG=nonsense", "en"},
	} {
		getenv := func(name string) string {
			for pair := range strings.FieldsSeq(c.env) {
				if k, v, _ := strings.Cut(pair, "="); k == name {
					return v
				}
			}
			return ""
		}
		if got := choose(getenv); got != c.want {
			t.Errorf("%s: %s, want %s", c.env, got, c.want)
		}
	}
}
