package service

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"maps"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"text/template"

	"github.com/stillmic/stillmic/configs"
)

// The logon task is well-formed, whatever the names, and starts our program.
func TestTaskXML(t *testing.T) {
	const exe, user = `C:\Program Files\A & B\stillmic.exe`, `PC\Jane <3`
	text := taskXML(exe, user)
	got := leaves(t, text)
	want := map[string]string{
		"Triggers/LogonTrigger/Enabled": "true", "Triggers/LogonTrigger/UserId": user,
		"Principals/Principal/UserId": user, "Principals/Principal/LogonType": "InteractiveToken",
		"Principals/Principal/RunLevel": "LeastPrivilege",
		// Without these Windows starts it on mains power alone and ends it after three days.
		"Settings/DisallowStartIfOnBatteries": "false", "Settings/StopIfGoingOnBatteries": "false",
		"Settings/ExecutionTimeLimit": "PT0S", "Settings/MultipleInstancesPolicy": "IgnoreNew", "Settings/Priority": "4",
		"Settings/RestartOnFailure/Interval": "PT1M", "Settings/RestartOnFailure/Count": "255",
		"Actions/Exec/Command": exe, "Actions/Exec/Arguments": strings.Join(arguments, " "),
		"RegistrationInfo/Description": "Stillmic, a quiet microphone for every call",
	}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if b := utf16File("<é"); string(b) != "\xff\xfe<\x00\xe9\x00" {
		t.Errorf("% x", b)
	}
}

// leaves are the texts of a document of XML, by the path of their elements below the root.
func leaves(t *testing.T, document string) map[string]string {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(document))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	texts := map[string]string{}
	var path []string
	for {
		token, err := d.Token()
		if err == io.EOF {
			return texts
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			path = append(path, token.Name.Local)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if text := strings.TrimSpace(string(token)); text != "" && len(path) > 1 {
				texts[strings.Join(path[1:], "/")] += text
			}
		}
	}
}

// The launchd agent is a property list, as another reader of those sees it too, and starts our program,
// whatever its path.
func TestAgent(t *testing.T) {
	const exe, log = `/Users/Jane <3 & co/stillmic`, "/Users/Jane/Library/Logs/stillmic.err.log"
	value := func(v any) func() any { return func() any { return v } }
	// As github.com/kardianos/service fills it in on a Mac.
	agent := template.Must(template.New("").Funcs(template.FuncMap{
		"Name": value(name), "Path": value(exe), "Arguments": value(arguments), "StandardErrorPath": value(log),
	}).Parse(configs.Agent))
	var text bytes.Buffer
	if err := agent.Execute(&text, nil); err != nil {
		t.Fatal(err)
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("SKIPPED: no python3, whose plistlib reads property lists")
	}
	cmd := exec.Command(python, "-c", "import json, plistlib, sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))")
	var complaint bytes.Buffer
	cmd.Stdin, cmd.Stderr = &text, &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaint.String())
	}
	// As they are written, not decoded into fields: there a key that is missing is a zero.
	var got map[string]any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	command := []any{exe}
	for _, a := range arguments {
		command = append(command, a)
	}
	want := map[string]any{
		"Label": name, "ProgramArguments": command, "StandardErrorPath": log, "RunAtLoad": true,
		"KeepAlive": map[string]any{"SuccessfulExit": false}, "ThrottleInterval": 1.0,
		"LimitLoadToSessionType": "Aqua", "ProcessType": "Interactive",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}
