package wire

import (
	"os"
	"slices"
	"testing"
)

func TestPulseAddresses(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for server, want := range map[string][]Address{
		"unix:/run/x/native":        {{"unix", "/run/x/native"}},
		"/run/x/native":             {{"unix", "/run/x/native"}},
		"tcp:10.0.0.1:4000":         {{"tcp", "10.0.0.1:4000"}},
		"tcp4:10.0.0.1":             {{"tcp4", "10.0.0.1:4713"}},
		"tcp6:[::1]:5":              {{"tcp6", "[::1]:5"}},
		"tcp6:[::1]":                {{"tcp6", "[::1]:4713"}},
		"desk":                      {{"tcp", "desk:4713"}},
		"unix:/a tcp:b":             {{"unix", "/a"}, {"tcp", "b:4713"}},
		"{" + host + "}unix:/a":     {{"unix", "/a"}},
		"{not-" + host + "}unix:/a": nil,
		"{broken":                   nil,
		"   ":                       nil,
	} {
		if got := parseServer(server); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", server, got, want)
		}
	}
}
