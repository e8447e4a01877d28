package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/daemon/control"
)

// What names a person, or a thing of his, is not in a report; the longest name goes first, and no word that
// only holds a name tells it by what is left.
func TestCensor(t *testing.T) {
	c := &censor{map[string]string{}}
	c.hide("/home/anna", "~")
	c.hide("anna", "USER")
	c.hide("Anna's AirPods", "bluetooth device 1")
	c.hide("Smith", "NAME")
	c.hide("ann", "HOST")
	c.hide("x", "NAME") // shorter ones are within words
	got := c.text(`log of anna: /home/anna/a.wav on bluez_input.AA_BB_CC_01_02_03 ("Anna's AirPods"), by Anna SMITH, Annas mic, anna_1 at aa:bb:cc:01:02:03, channel 3, blacksmith, 2026-11-30`)
	want := `log of USER: ~/a.wav on bluez_input.XX:XX:XX:XX:XX:XX ("bluetooth device 1"), by USER NAME, USER mic, USER_1 at XX:XX:XX:XX:XX:XX, channel 3, blacksmith, 2026-11-30`
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// No name of an app is in a report: not of one that records, plays or is named by the log.
func TestReportNamesNoApp(t *testing.T) {
	const app = "SecretMeet"
	s := control.Status{Apps: []string{app}, RawApps: []string{app}, Notices: []string{app + " without Stillmic"}}
	s.Speaker.Apps = []string{app}
	s.Rules = "application secretmeet"
	withoutNames(&s)
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.ToLower(string(text)), "secretmeet") {
		t.Errorf("left: %s", text)
	}
	long := `"` + strings.Repeat(app+`","`, lastBytes/len(app)) + `x"`
	for line, rest := range map[string]string{
		`{"msg":"programs put back","programs":["` + app + `","x"]}`:                `{"msg":"programs put back","programs":[]}`,
		`{"programs":["a [b] \"c\"","` + app + `"],"level":"info"}`:                 `{"programs":[],"level":"info"}`,
		`{"programs": [ "a", "` + app + `" ]}`:                                      `{"programs":[]}`,
		`{"msg":"programs put back","programs":[` + long + `]}`:                     `{"msg":"programs put back","programs":[]}`,
		`{"msg":"rules","because":"application \"` + app + `\"","strength":"full"}`: `{"msg":"rules","because":"","strength":"full"}`,
		`10:00:00 programs put back (programs [a [b] ` + app + `])`:                 `10:00:00 programs put back (programs [])`,
		`10:00:00 rules (because application ` + app + `, strength full)`:           `10:00:00 rules (strength full)`,
	} {
		log := filepath.Join(t.TempDir(), "run.log")
		if err := os.WriteFile(log, []byte("before\n"+line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := copyFiles(&b, log); err != nil {
			t.Fatal(err)
		}
		if want := log + ":\nbefore\n" + rest + "\n"; b.String() != want {
			t.Errorf("%.80s: %.200s, want %s", line, b.String(), want)
		}
	}
}

// TestLastLines: a line that is cut would tell a part of a name, which nobody knows.
func TestLastLines(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want string
	}{{"ab\ncd\nef", 4, "ef"}, {"ab\ncd\nef", 5, "cd\nef"}, {"ab\ncd", 9, "ab\ncd"}, {"abcdef", 3, "def"}, {"", 3, ""}} {
		if got := string(lastLines([]byte(c.text), c.n)); got != c.want {
			t.Errorf("%d bytes of %q: %q, want %q", c.n, c.text, got, c.want)
		}
	}
}

// TestCensorInJSON: escapes hide no name, and neither do bytes that are no UTF-8.
func TestCensorInJSON(t *testing.T) {
	c := &censor{map[string]string{}}
	c.hide("anna", "USER")
	c.hide("/home/jos\xe9", "~")
	c.hide("Anna & Co", "bluetooth device 1")
	c.hide(`Ben "B" Smith`, "bluetooth device 2")
	c.hide(`C:\Users\cleo`, "HOME")
	var b strings.Builder
	said := []string{"Anna & Co", `Ben "B" Smith`, `C:\Users\cleo\a`, "of\nanna", "hosanna"}
	if err := writeJSON(&b, "", said); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		b.String():                             `["bluetooth device 1","bluetooth device 2","HOME\\a","of\nUSER","hosanna"]`,
		`a\u003canna\u003e, x\x1banna, \tanna`: `a\u003cUSER\u003e, x\x1bUSER, \tUSER`,
		"/home/jos\xe9/a.wav, a\xff":           "~/a.wav, a\uFFFD",
		`/home/jos\ufffd/a.wav`:                `~/a.wav`,
		`C:\Users\cleo\b`:                      `HOME\b`,
	} {
		if got := strings.TrimSpace(c.text(text)); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}
