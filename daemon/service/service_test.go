package service

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
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
	var task struct {
		Trigger string `xml:"Triggers>LogonTrigger>UserId"`
		User    string `xml:"Principals>Principal>UserId"`
		Command string `xml:"Actions>Exec>Command"`
		Args    string `xml:"Actions>Exec>Arguments"`
	}
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	if err := d.Decode(&task); err != nil {
		t.Fatal(err)
	}
	if task.Command != exe || task.Args != strings.Join(arguments, " ") || task.User != user || task.Trigger != user {
		t.Errorf("%+v", task)
	}
	if b := utf16File("<é"); string(b) != "\xff\xfe<\x00\xe9\x00" {
		t.Errorf("% x", b)
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
	var got struct {
		Label                  string
		ProgramArguments       []string
		RunAtLoad              bool
		KeepAlive              struct{ SuccessfulExit bool }
		ThrottleInterval       int
		LimitLoadToSessionType string
		ProcessType            string
		StandardErrorPath      string
	}
	d := json.NewDecoder(bytes.NewReader(out))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := got
	want.Label, want.ProgramArguments, want.StandardErrorPath = name, append([]string{exe}, arguments...), log
	want.RunAtLoad, want.ThrottleInterval, want.LimitLoadToSessionType, want.ProcessType = true, 1, "Aqua", "Interactive"
	want.KeepAlive.SuccessfulExit = false
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}
