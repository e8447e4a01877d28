package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layers are the top folders, lowest first: a package imports from its own folder and from
// those below it, never from one above, and not from those that except names.
var layers = []struct{ folder, except string }{
	{folder: "configs"},
	{folder: "dsp"},
	{folder: "model", except: "configs"},
	{folder: "audioio", except: "configs"},
	{folder: "daemon"},
	{folder: "scripts"},
	{folder: "cmd"},
}

// rooms are packages with all that they may import of ours. A package that is not here is
// held to its layer only.
var rooms = map[string]string{
	// Recordings: one package a format, and one that knows them all.
	"audioio/pcm":      "dsp",
	"audioio/metadata": "audioio/pcm",
	"audioio/decode":   "audioio/metadata audioio/pcm",
	"audioio/mp4":      "audioio/metadata",
	"audioio/matroska": "audioio/metadata",
	"audioio/wav":      "audioio/metadata audioio/pcm",
	"audioio/flac":     "audioio/metadata audioio/pcm",
	"audioio/mp3":      "audioio/decode audioio/metadata audioio/pcm",
	"audioio/ogg":      "audioio/decode audioio/metadata audioio/pcm",
	"audioio/ffmpeg":   "audioio/decode audioio/matroska audioio/metadata audioio/mp3 audioio/mp4 audioio/ogg audioio/pcm",
	"audioio/recording": "audioio audioio/atomicfile audioio/decode audioio/ffmpeg audioio/flac audioio/metadata audioio/mp3 " +
		"audioio/ogg audioio/pcm audioio/wav dsp model model/focus model/voiceprint",

	"dsp/echo":  "dsp",
	"dsp/music": "dsp",

	// Live audio: back ends that do not know each other, and nothing of recordings.
	"audioio":                          "",
	"audioio/atomicfile":               "",
	"audioio/printable":                "",
	"audioio/internal/queue":           "audioio dsp",
	"audioio/pulse/internal/wire":      "audioio",
	"audioio/pulse/internal/graph":     "",
	"audioio/pulse/internal/reference": "audioio audioio/printable audioio/pulse/internal/wire",
	"audioio/pulse/internal/relay":     "audioio audioio/pulse/internal/wire dsp",
	"audioio/pulse/internal/fifo":      "audioio audioio/pulse/internal/wire",
	"audioio/pulse": "audioio audioio/internal/queue audioio/pcm audioio/printable audioio/pulse/internal/fifo " +
		"audioio/pulse/internal/graph audioio/pulse/internal/reference audioio/pulse/internal/relay audioio/pulse/internal/wire",
	"audioio/portaudio":         "audioio audioio/internal/queue",
	"audioio/soundserver":       "audioio/soundserver/child",
	"audioio/soundserver/child": "",

	// The daemon, lowest first.
	"daemon/nearest":    "",
	"daemon/strength":   "",
	"daemon/clock":      "",
	"daemon/paths":      "",
	"daemon/power":      "",
	"daemon/priority":   "",
	"daemon/replaced":   "",
	"daemon/usage":      "",
	"daemon/engine":     "audioio daemon/clock daemon/strength dsp model",
	"daemon/device":     "audioio audioio/portaudio audioio/pulse daemon/paths",
	"daemon/farend":     "audioio dsp dsp/echo",
	"daemon/focus":      "daemon/engine model/voiceprint",
	"daemon/speaker":    "audioio daemon/strength dsp model",
	"daemon/supervisor": "audioio daemon/clock daemon/device daemon/engine",
	"daemon/voice":      "audioio dsp",
	"daemon/preset":     "configs daemon/focus daemon/voice",
	"daemon/rules":      "audioio daemon/focus daemon/preset daemon/strength",
	"daemon/config":     "audioio/atomicfile daemon/control daemon/farend daemon/focus daemon/nearest daemon/preset daemon/rules daemon/strength daemon/voice",
	"daemon/settings":   "audioio/atomicfile daemon/config daemon/control daemon/preset daemon/rules daemon/speaker daemon/strength daemon/voice",
	"daemon/enrol":      "audioio audioio/atomicfile audioio/printable audioio/recording daemon/paths dsp model model/voiceprint",
	"daemon/archive":    "audioio/atomicfile audioio/pcm audioio/printable audioio/recording audioio/wav configs daemon/clean daemon/measure",
}

// maxFiles is how many files a package may have, without its tests.
const maxFiles = 20

// large are packages that may have more: filters without order among them, and a command
// a file.
var large = []string{"dsp", "cmd/stillmic"}

// libraries are the packages that other programs use, with the modules that they bring.
var libraries = map[string]string{
	"model": "golang.org/x/sys",
	"dsp":   "golang.org/x/sys",
	"audioio/recording": "github.com/dhowden/tag github.com/hajimehoshi/go-mp3 github.com/icza/bitio github.com/jfreymuth/oggvorbis " +
		"github.com/jfreymuth/vorbis github.com/mewkiz/flac github.com/mewkiz/pkg github.com/mewpkg/term github.com/pion/opus " +
		"golang.org/x/sys",
}

// TestLibrariesBringFewModules holds those packages against what they may bring along: the
// decoders of recordings, and what reads the processor and the system.
func TestLibrariesBringFewModules(t *testing.T) {
	for name, allowed := range libraries {
		cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "../../"+name)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		for module := range strings.FieldsSeq(string(out)) {
			if !slices.Contains(strings.Fields(allowed), module) {
				t.Errorf("%s brings the module %s; it may bring %s", name, module, allowed)
			}
		}
	}
}

// listed is what "go list -json" says of a package.
type listed struct {
	ImportPath string
	GoFiles    []string
	Imports    []string
}

// TestImportsRunOneWay holds the packages against layers and rooms, and their size.
func TestImportsRunOneWay(t *testing.T) {
	const module = "github.com/stillmic/stillmic/"
	seen := map[string]bool{}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		seen[name] = true
		if len(p.GoFiles) > maxFiles && !slices.Contains(large, name) {
			t.Errorf("%s has %d files, %d are allowed: which ideas are in it?", name, len(p.GoFiles), maxFiles)
		}
		allowed, isRoom := rooms[name]
		for _, i := range p.Imports {
			i, ours := strings.CutPrefix(i, module)
			switch {
			case !ours:
			case isRoom && !slices.Contains(strings.Fields(allowed), i):
				t.Errorf("%s imports %s; it may import %q", name, i, allowed)
			case !below(name, i):
				t.Errorf("%s imports %s, which is above it", name, i)
			}
		}
	}
	for name := range rooms {
		if !seen[name] {
			t.Errorf("there is no package %s; drop it from the table", name)
		}
	}
}

// below reports whether a package may import another by the layers of the two.
func below(name, imported string) bool {
	from, to := layer(name), layer(imported)
	return to <= from && !slices.Contains(strings.Fields(layers[max(from, 0)].except), folder(imported))
}

// layer returns the place of a package's folder in layers, -1 if it has none.
func layer(name string) int {
	return slices.IndexFunc(layers, func(l struct{ folder, except string }) bool { return l.folder == folder(name) })
}

// folder returns the top folder of a package.
func folder(name string) string { top, _, _ := strings.Cut(name, "/"); return top }

// packages lists ours.
func packages(t *testing.T) (list []listed) {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,GoFiles,Imports", "../../...")
	out, err := cmd.Output()
	if err != nil {
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			err = errors.Join(err, errors.New(string(exit.Stderr)))
		}
		t.Fatal(err)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}
