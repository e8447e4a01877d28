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
	withoutNames(&s)
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "run.log")
	if err := os.WriteFile(log, []byte(`{"msg":"programs put back","programs":["`+app+`","x"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := copyFiles(&b, log); err != nil {
		t.Fatal(err)
	}
	if all := string(text) + b.String(); strings.Contains(all, app) || !strings.Contains(all, "programs put back") {
		t.Errorf("left: %s", all)
	}
}
