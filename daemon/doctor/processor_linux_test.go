package doctor

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
	"golang.org/x/sys/unix"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/dbustest"
)

// kit stands for rtkit-daemon; it grants everything, or refuses.
type kit struct{ refuses bool }

func (k kit) MakeThreadRealtime(uint64, uint32) *dbus.Error {
	if k.refuses {
		return dbus.MakeFailedError(errors.New("your quota is used up"))
	}
	return nil
}

// withKit puts a kit on a bus that takes the place of the system's.
func withKit(t *testing.T, k kit) {
	t.Helper()
	const name, path = "org.freedesktop.RealtimeKit1", "/org/freedesktop/RealtimeKit1"
	conn, err := dbus.ConnectSystemBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	err = conn.Export(k, path, name)
	if err == nil {
		_, err = prop.Export(conn, path, prop.Map{name: {"MaxRealtimePriority": {Value: int32(20)}, "RTTimeUSecMax": {Value: int64(200_000)}}})
	}
	if err == nil {
		_, err = conn.RequestName(name, dbus.NameFlagDoNotQueue)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The advice follows what is really missing.
func TestRealTimeAdvice(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_RTPRIO, &limit); err != nil || limit.Cur > 0 {
		t.Skipf("SKIPPED: this process may be real-time without RealtimeKit (%d, %v)", limit.Cur, err)
	}
	limits := filepath.Join(t.TempDir(), "audio.conf")
	defer func(was []string) { limitFiles = was }(limitFiles)
	limitFiles = []string{limits}
	nowhere := "unix:path=" + filepath.Join(t.TempDir(), "nowhere")
	for _, c := range []struct {
		name    string
		bus     bool
		kit     *kit
		limits  string
		state   control.State
		remedy  string // "" for no finding
		because string
	}{
		{"no bus and no limits", false, nil, "# @audio - rtprio 20\n", control.Running, "limits.d/audio.conf", "system bus"},
		{"no bus and another's group", false, nil, "@nobodys-group - rtprio 95\n", control.Running, "usermod -aG nobodys-group", "system bus"},
		{"no bus and one's own group", false, nil, "@root - rtprio 95 # for all\n@nobodys-group - nice -20\n", control.Running, "log in again", "system bus"},
		{"no kit", true, nil, "", control.Running, "install rtkit", "not installed"},
		{"a kit that refuses", true, &kit{refuses: true}, "", control.Running, "limits.d/audio.conf", "quota is used up"},
		{"a kit that grants it", true, &kit{}, "", control.Running, "start it again", ""},
		{"not asked yet", true, &kit{}, "", control.Suspended, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", nowhere)
			if c.bus {
				t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", dbustest.Start(t))
			}
			if c.kit != nil {
				withKit(t, *c.kit)
			}
			if err := os.WriteFile(limits, []byte(c.limits), 0o600); err != nil {
				t.Fatal(err)
			}
			list := processor(t.Context(), &control.Status{State: c.state, Scheduling: "normal"})
			if c.remedy == "" {
				if len(list) != 0 {
					t.Errorf("%+v", list)
				}
				return
			}
			if len(list) != 1 || !strings.Contains(list[0].Remedy, c.remedy) || !strings.Contains(list[0].Found, c.because) {
				t.Errorf("%+v, want %q because of %q", list, c.remedy, c.because)
			}
		})
	}
}
