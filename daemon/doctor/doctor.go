// Package doctor looks for what most often keeps stillmic from working, and
// says what to do about each.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/paths"
)

// Level is how a check ended.
type Level string

// The levels. Only a Fail keeps stillmic from working.
const (
	OK   Level = "ok"
	Warn Level = "warning"
	Fail Level = "fail"
)

// Finding is the outcome of one check.
type Finding struct {
	Check  string `json:"check"`
	Level  Level  `json:"level"`
	Found  string `json:"found"`
	Remedy string `json:"remedy,omitempty"`
}

// Options says what to look at.
type Options struct {
	Backend device.Backend
	Device  string // the configured microphone, "" for the default
	MicName string // name of our virtual microphone on the server
	Extra   []Finding
}

// Examine makes all checks.
func Examine(ctx context.Context, o Options) []Finding {
	list := []Finding{runtimeDir()}
	status, f := daemonRunning(ctx)
	running := status != nil
	list = append(list, f)
	list = append(list, panel()...)
	srv, err := o.Backend.Dial(ctx)
	if err != nil {
		list = append(list, Finding{"sound server", Fail, err.Error(),
			"start PulseAudio or PipeWire (pipewire-pulse); on a desktop: systemctl --user start pipewire-pulse"})
		return append(list, o.Extra...)
	}
	list = append(list, Finding{"sound server", OK, srv.Describe(), ""})
	defer srv.Close()
	devices, err := srv.Devices()
	if err != nil {
		list = append(list, Finding{"devices", Fail, err.Error(), "restart the sound server"})
		return append(list, o.Extra...)
	}
	own := ownDevice(devices, o.MicName, running)
	if c, ok := srv.(device.Cabled); ok {
		own = cable(c.Cable())
	}
	list = append(list, microphone(devices, o), own, defaultSource(devices, o.MicName))
	if f, ok := narrowBand(devices, o); ok {
		list = append(list, f)
	}
	source := ""
	if running {
		source = status.Source
		list = append(list, processor(ctx, status)...)
		list = append(list, softVoice(status)...)
		list = append(list, echo(status, srv)...)
		list = append(list, otherVoices(status)...)
	}
	list = append(list, speakerFaults(status, devices, o.MicName)...)
	if i, ok := srv.(audioio.Mixer); ok {
		list = append(list, usage(i, devices, o, source)...)
	}
	list = append(list, helper(srv, o)...)
	return append(list, o.Extra...)
}

// Worst returns the worst level among findings.
func Worst(list []Finding) Level {
	worst := OK
	for _, f := range list {
		if f.Level == Fail || f.Level == Warn && worst == OK {
			worst = f.Level
		}
	}
	return worst
}

// runtimeDir checks the folder of the control socket.
func runtimeDir() Finding {
	const check = "runtime folder"
	dir, err := paths.RuntimeDir()
	if err != nil {
		return Finding{check, Fail, err.Error(), "set XDG_RUNTIME_DIR to a folder of your own, for instance /run/user/$(id -u)"}
	}
	st, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Finding{check, OK, dir + " (made at the first start)", ""}
	case err != nil:
		return Finding{check, Fail, err.Error(), "set XDG_RUNTIME_DIR to a folder you can write"}
	case isOpen(st.Mode()):
		return Finding{check, Warn, fmt.Sprintf("%s can be opened by others (%v)", dir, st.Mode().Perm()), "chmod 700 " + dir}
	}
	return Finding{check, OK, dir, ""}
}

// daemonRunning asks the daemon for its status; nil: none answers.
func daemonRunning(ctx context.Context) (*control.Status, Finding) {
	const check = "daemon"
	dir, err := paths.RuntimeDir()
	if err != nil {
		return nil, Finding{check, Fail, err.Error(), "see the runtime folder"}
	}
	s, err := control.NewClient(dir).Status(ctx)
	switch {
	case errors.Is(err, control.ErrNoDaemon):
		return nil, Finding{check, Warn, "not running",
			"start it: stillmic service start, or here with: stillmic run"}
	case err != nil:
		return nil, Finding{check, Fail, err.Error(), "restart it: stillmic service restart"}
	case s.State != control.Running && s.State != control.Suspended:
		return &s, Finding{check, Warn, fmt.Sprintf("%s: %s", s.State, s.Reason), "see the other lines"}
	}
	return &s, Finding{check, OK, fmt.Sprintf("running, pid %d, %.1f ms latency", s.PID, s.LatencyMS), ""}
}

// microphone checks what would be recorded.
func microphone(devices []audioio.Device, o Options) Finding {
	const check = "microphone"
	var names []string
	for _, d := range devices {
		if d.Name == o.MicName || strings.HasPrefix(d.Name, o.MicName+"_sink") {
			continue
		}
		if o.Device == d.Name {
			if d.Loop != "" {
				return Finding{check, Fail, fmt.Sprintf("%s gets its audio from Stillmic Microphone, by %s: a loop", d.Description, d.Loop),
					"choose the microphone itself (stillmic devices, stillmic device NAME), or have " + d.Loop + " record it"}
			}
			if d.Monitor {
				return Finding{check, Warn, fmt.Sprintf("%q is the monitor of an output: it records what the loudspeakers play",
					d.Description),
					"choose a microphone: stillmic devices, then stillmic run --device NAME"}
			}
			return Finding{check, OK, d.Description, ""}
		}
		if !d.Monitor {
			names = append(names, d.Name)
		}
	}
	switch {
	case o.Device != "":
		return Finding{check, Fail, fmt.Sprintf("%q is chosen in the settings and unplugged", o.Device),
			"plug it in, or choose one of: " + strings.Join(names, ", ")}
	case len(names) == 0:
		return Finding{check, Fail, "there is none",
			"plug one in; in a virtual machine, allow it to use the host's; with PipeWire, see that wireplumber runs"}
	}
	return Finding{check, OK, fmt.Sprintf("%d to choose from", len(names)), ""}
}

// ownDevice checks Stillmic Microphone.
func ownDevice(devices []audioio.Device, name string, running bool) Finding {
	const check = "Stillmic Microphone"
	there := slices.ContainsFunc(devices, func(d audioio.Device) bool { return d.Name == name })
	switch {
	case there && running:
		return Finding{check, OK, "there; applications that do not list it must be restarted", ""}
	case there:
		return Finding{check, Warn, "left from before: Stillmic is not running, so programs that record it hear silence",
			"stillmic run or stillmic service start takes it over; stillmic service stop removes it"}
	case running:
		return Finding{check, Fail, "missing, although Stillmic is running", "restart it: stillmic service restart"}
	}
	return Finding{check, Warn, "missing, because Stillmic is not running", "start it: stillmic service start"}
}

// cable checks the virtual cable that stands for Stillmic Microphone where there is none of its own.
func cable(name string, err error) Finding {
	const check = "virtual cable"
	if err != nil {
		return Finding{check, Fail, err.Error(), "install one, or choose one of these outputs: output.cable in the configuration"}
	}
	return Finding{check, OK, fmt.Sprintf("Stillmic plays into %q; programs record its other end", name), ""}
}

// defaultSource checks what applications record that are not told otherwise.
func defaultSource(devices []audioio.Device, own string) Finding {
	const check = "default microphone"
	for _, d := range devices {
		if !d.Default {
			continue
		}
		switch {
		case d.Name == own:
			return Finding{check, OK, "Stillmic Microphone: every application uses it", ""}
		case d.Monitor:
			return Finding{check, Warn, fmt.Sprintf("%q is the monitor of an output: applications record what the "+
				"loudspeakers play", d.Description),
				"stillmic default on, or pactl set-default-source NAME with a name from stillmic devices"}
		}
		return Finding{check, OK, d.Description, ""}
	}
	return Finding{check, Warn, "none is set",
		"stillmic default on, or pactl set-default-source NAME with a name from stillmic devices"}
}

// narrowRate is the highest rate of the old headset profiles: 8 kHz (CVSD) and
// 16 kHz (mSBC).
const narrowRate = 16000

// narrowBand finds a microphone that carries a telephone's voice, as a Bluetooth
// headset does in its old profiles.
func narrowBand(devices []audioio.Device, o Options) (Finding, bool) {
	for _, d := range devices {
		used := d.Name == o.Device || o.Device == "" && d.Default
		if used && !d.Monitor && d.Rate > 0 && d.Rate <= narrowRate {
			what := fmt.Sprintf("%s delivers %d kHz, the sound of a telephone", d.Description, d.Rate/1000)
			remedy := "choose another microphone"
			if d.Bus == "bluetooth" {
				remedy = "choose the headset's profile with mSBC or LC3 (pavucontrol, Configuration), or another microphone"
			}
			return Finding{"sound quality", Warn, what, remedy}, true
		}
	}
	return Finding{}, false
}
