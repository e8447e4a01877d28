package messages

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Reasons and errors, as page and tray get them.
func TestSaid(t *testing.T) {
	for _, c := range []struct{ language, said, want string }{
		{"de", "the sound server does not answer", "das Tonsystem antwortet nicht"},
		{"de", "not possible now: there is no audio to record: no such device: the sound server has no microphone; " +
			"plug one in, or choose a device by name", "Das geht gerade nicht: es ist kein Ton zum Aufnehmen da: " +
			"kein solches Gerät: Es ist kein Mikrofon da. Schließe eins an, oder wähle ein Gerät"},
		{"fr", "usb.mic delivers no audio; is it muted by a switch, or the sound server frozen?",
			"usb.mic ne donne aucun son. Un interrupteur le coupe-t-il, ou le serveur de son est-il bloqué ?"},
		{"ja", "cannot clean: read notes.txt: it is not a recording: this is a text file",
			"処理できません：notes.txt の読み込み：録音ではありません：テキストファイルです"},
		{"es", "Your background noise is 26 dB quieter.\nYour voice was kept.",
			"Su ruido de fondo ha bajado 26 dB.\nSu voz se ha conservado."},
		{"pt", "no sound server: dial unix /run/x: connect: connection refused",
			"não há servidor de som: dial unix /run/x: connect: ligação recusada"},
		{"zh", "/etc/stillmic.toml:3: idle.after_s: it must be a number, like 5", "/etc/stillmic.toml:3: idle.after_s：应为数字，例如 5"},
		{"de", "cannot write the voice print: write /x/voiceprint.json: no space left on device",
			"der Stimmabdruck lässt sich nicht schreiben: write /x/voiceprint.json: die Festplatte ist voll"},
		{"de", "something else", "something else"},
		{"en", "not possible now: stillmic is stopping", "not possible now: stillmic is stopping"},
	} {
		catalog, err := Load(c.language)
		if err != nil {
			t.Fatal(err)
		}
		if got := catalog.Said(c.said); got != c.want {
			t.Errorf("%s: %s\n%s, want\n%s", c.language, c.said, got, c.want)
		}
	}
}

// What has a translation is what the program says: a text that was changed there alone is found here.
func TestSaidIsInTheCode(t *testing.T) {
	en, err := Load("en")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, pattern := range []string{"..", "../*", "../../cmd/stillmic", "../../audioio", "../../audioio/*", "../../audioio/pulse/internal/*"} {
		for text := range maps.Keys(texts(t, pattern)) {
			code.WriteString(text + "\n")
		}
	}
	parts := regexp.MustCompile(`\{\w+\}|[:;,] (and )?`)                                   // an error is made of several
	system := []string{"said.no-space", "said.permission", "said.missing", "said.refused"} // the system says it
	for key, text := range en {
		if !strings.HasPrefix(key, said) || slices.Contains(system, key) {
			continue
		}
		for _, piece := range parts.Split(text, -1) {
			if piece = strings.Trim(piece, ` ":;,()`); piece != "" && !strings.Contains(code.String(), piece) {
				t.Errorf("%s: no code says %q", key, piece)
			}
		}
	}
}

// unseen are parts of reasons and errors that page and tray do not show: they answer programs that
// speak HTTP, or a command alone.
var unseen = []string{
	"is missing", "give \"", "invalid ", "--", "has no channel", "no output", "no track", "track ", "read the address", "kinds is",
	"programs listen already", "are possible", "another file is being cleaned", "not a valid code", "another version",
	"nobody records", "another microphone is the default", "stillmic was quit", "folder for reports", "write the report",
	"list the reports", "close the ", "no level", "cannot enrol", "cannot read %s",
}

// Every reason and error that the daemon's own code gives page and tray can be said in each language.
func TestReasonsHaveTranslations(t *testing.T) {
	de, err := Load("de")
	if err != nil {
		t.Fatal(err)
	}
	sample := regexp.MustCompile(`%[-+.0-9]*[a-zA-Z]`)
	for _, folder := range []string{"..", "../supervisor", "../monitor", "../voice", "../focus", "../enrol"} {
		for text, reason := range texts(t, folder) {
			text = strings.TrimPrefix(text, "%w: ")
			if !reason || text == "" || slices.ContainsFunc(unseen, func(u string) bool { return strings.Contains(text, u) }) {
				continue
			}
			plain := sample.ReplaceAllStringFunc(strings.ReplaceAll(text, "%q", `"x"`), func(string) string { return "x" })
			if strings.Trim(plain, "x: ") != "" && de.Said(plain) == plain {
				t.Errorf("%s: %q has no translation; add it to the texts under said., or to those that nobody sees", folder, text)
			}
		}
	}
}

// Every line of the log that tells people of something expected begins with words that each language has.
func TestEventsHaveTranslations(t *testing.T) {
	en, err := Load("en")
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for key, text := range en {
		if strings.HasPrefix(key, "log.") {
			known = append(known, text)
		}
	}
	begins, states := regexp.MustCompile(`\.Info\("([^"]+)"`), regexp.MustCompile(` State += "([^"]+)"`)
	found := 0
	for _, folder := range []string{"..", "../supervisor", "../speaker", "../farend", "../focus"} {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			code, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			lines := begins.FindAllStringSubmatch(string(code), -1)
			if folder == "../supervisor" { // it tells of its own
				lines = append(lines, states.FindAllStringSubmatch(string(code), -1)...)
			}
			for _, m := range lines {
				found++
				if word := m[1]; !strings.HasSuffix(path, "_test.go") && !slices.Contains(known, word) {
					t.Errorf("%s: %q has no text log. in the languages", path, word)
				}
			}
		}
	}
	if found < 25 {
		t.Errorf("only %d lines found", found)
	}
}

// texts returns the texts in the Go code of folders, and whether each is a reason: what an error or
// a state is made with.
func texts(t *testing.T, folders string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(folders + "/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v", folders, err)
	}
	all := map[string]bool{}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"New", "Errorf", "set"}, f.Sel.Name) {
					for _, a := range n.Args {
						if s := constant(a); s != "" {
							all[s] = true
						}
					}
				}
			case *ast.ReturnStmt:
				if len(n.Results) == 2 {
					if state, ok := n.Results[0].(*ast.Ident); ok && state.Name == "Degraded" {
						all[constant(n.Results[1])] = true
					}
				}
			case ast.Expr:
				if s := constant(n); s != "" && !all[s] {
					all[s] = false
				}
			}
			return true
		})
	}
	return all
}

// constant returns the text of an expression: that of literals, also added up, and the first of a
// call of Sprintf.
func constant(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		if err == nil && e.Kind == token.STRING {
			return s
		}
	case *ast.BinaryExpr:
		left, right := constant(e.X), constant(e.Y)
		if left != "" && right == "" {
			right = "%s"
		}
		if right != "" && left == "" {
			left = "%s"
		}
		return left + right
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Sprintf" {
			return constant(e.Args[0])
		}
	}
	return ""
}
