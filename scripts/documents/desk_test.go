package main

import (
	"strings"
	"testing"
)

func TestDeskTable(t *testing.T) {
	table, err := deskTable(strings.NewReader(`==> building the packages
DESK ok     boot by KVM                                12.3 s
DESK FAILED kill -9 in a call                          61.0 s  not within 60 s: x | y
`), "scripts/desk", "abc")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ row, column, want string }{
		{"boot by KVM", "result", "ok"},
		{"boot by KVM", "took, s", "12.3"},
		{"kill -9 in a call", "result", "failed"},
		{"kill -9 in a call", "what was seen", "not within 60 s: x , y"},
	} {
		if got, err := table.Cell(c.row, c.column); err != nil || got != c.want {
			t.Errorf("%s, %s: %q, %v", c.row, c.column, got, err)
		}
	}
	if _, err := deskTable(strings.NewReader("nothing"), "scripts/desk", "abc"); err == nil {
		t.Error("an output without steps is taken")
	}
}
