package service

import (
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"

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

// The launchd agent is well-formed once its placeholders are filled in.
func TestAgentIsXML(t *testing.T) {
	text := regexp.MustCompile(`{{[^}]*}}`).ReplaceAllString(configs.Agent, "x")
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
