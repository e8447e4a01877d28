package clean

import (
	"os"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
)

// linkedFiles makes a recording and links to what is not there yet.
func linkedFiles(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.Mkdir("away", 0o700); err != nil {
		t.Fatal(err)
	}
	f := pcm.Format{Rate: 48000, Channels: 1, Encoding: pcm.Int16}
	if err := wav.WriteFile("a.wav", f, make([]float32, 480)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"out.wav", "gone.wav", "seen.png"} {
		if err := os.Symlink("away/"+name, name); err != nil {
			t.Skipf("SKIPPED: no links here: %v", err)
		}
	}
}

// TestLinksToNothing: outputs go where a link leads that --overwrite allows to be written to,
// and the link stays; without that it is refused.
func TestLinksToNothing(t *testing.T) {
	linkedFiles(t)
	plan := PlanOptions{Residual: "gone.wav", Picture: "seen.png"}
	if _, err := Plan([]string{"a.wav"}, "out.wav", plan); err == nil || !strings.Contains(err.Error(), "--overwrite") {
		t.Errorf("without --overwrite: %v", err)
	}
	plan.Overwrite = true
	for range 2 { // to nothing, then to what is there
		b, err := Plan([]string{"a.wav"}, "out.wav", plan)
		if err != nil {
			t.Fatal(err)
		}
		o := options
		o.Overwrite = true
		if _, err := File(t.Context(), b.Jobs[0], o); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"out.wav", "gone.wav", "seen.png"} {
			link, err := os.Lstat(name)
			if err != nil || link.Mode()&os.ModeSymlink == 0 {
				t.Errorf("%s is no link any more: %v", name, err)
			}
			if st, err := os.Stat("away/" + name); err != nil || st.Size() == 0 {
				t.Errorf("nothing is where %s leads: %v", name, err)
			}
		}
	}
}

// TestLinksMeet: two outputs that would become one file are refused, though that is not there
// yet, as is one that would be the recording.
func TestLinksMeet(t *testing.T) {
	linkedFiles(t)
	if err := os.Symlink("../a.wav", "away/gone.wav"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ out, residual, want string }{
		{"away/out.wav", "out.wav", "another result"},
		{"out.wav", "gone.wav", "the recording itself"},
		{"gone.wav", "", "the recording itself"},
	} {
		_, err := Plan([]string{"a.wav"}, c.out, PlanOptions{Residual: c.residual, Overwrite: true})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s and %s: %v, want %q", c.out, c.residual, err, c.want)
		}
	}
}
