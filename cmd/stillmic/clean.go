package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/daemon/clean"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/preset"
	"github.com/stillmic/stillmic/daemon/priority"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/voice"
)

const cleanHelp = `Clean removes the noise from recordings. The result is exactly as long as the
recording, lies on it to the sample, and is put in its place only when it is
complete. No file is replaced unless --overwrite or --in-place says so.

  stillmic clean talk.m4a                  writes talk-clean.m4a beside it
  stillmic clean in.wav out.wav            one recording
  stillmic clean talk/ out/                all of a folder, its tree kept
  stillmic clean *.flac out/               several; OUT is a folder
  stillmic clean --in-place talk/          the old ones become NAME.orig.EXT
  arecord -f cd | stillmic clean - out.flac
  stillmic clean film.mkv film-clean.mkv   the pictures are copied as they are
  stillmic clean call.wav out.wav --widen  8 or 16 kHz in, 48 kHz out
  stillmic clean talk.m4a --listen         hear it before and after
  stillmic clean --far-end far.wav mic.wav out.wav   no echo of far.wav
  stillmic clean talk.wav --focus near     voices far from the microphone lower
  stillmic clean talk.wav --focus me       all other voices; see "voiceprint"

WAV, FLAC, MP3, Ogg Vorbis and Opus are read, WAV and FLAC written; everything
else goes through ffmpeg, where that is installed. OUT's name says its format; a
pipe gives and takes WAV. Tags, pictures and cue points are kept. A truncated
or damaged recording is refused unless --force is given. Of a folder, what
earlier runs have written is left out.

Archives that outgrow one machine are cleaned by the shards of a manifest; see
"stillmic manifest --help":

  stillmic clean --manifest LIST.tsv --shard 0/8 --report reports/`

// cleanFlags are what the command line says.
type cleanFlags struct {
	asJSON, link, background bool
	listen                   bool
	untilEOF                 bool
	strength, preset         string
	focus, print             string
	networkFlags
	voice   []string // NAME=VALUE
	jobs    int
	plan    clean.PlanOptions
	options clean.Options
	archive archiveFlags
}

func newClean() *cobra.Command {
	var f cleanFlags
	cmd := &cobra.Command{
		Use:   "clean IN... [OUT]",
		Short: "Clean recordings",
		Long:  cleanHelp + "\n\nWhat --preset is for:\n\n" + presetPurposes(),
		Args: func(_ *cobra.Command, args []string) error {
			if f.archive.manifest != "" {
				return f.archive.args(args)
			}
			if len(args) == 0 {
				return errors.New("name a recording to clean, as in: stillmic clean talk.m4a")
			}
			if slices.Contains(args, "") {
				return errors.New("one of the names is empty; a variable of a script that is not set, perhaps")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.archive.manifest != "" {
				return runCleanManifest(cmd, &f, args)
			}
			return runClean(cmd, &f, args)
		},
	}
	flags := cmd.Flags()
	f.addSettings(flags)
	f.networkFlags.add(cmd, control.Latency40)
	f.addFocus(flags)
	flags.StringVar(&f.plan.FarEnd, "far-end", "",
		"take off the echo of a loudspeaker, too: `file` is what it played while the recording was made")
	flags.StringVar(&f.plan.Residual, "residual", "", "write what was removed into a `file`, or folder for several")
	flags.StringVar(&f.plan.Picture, "picture", "",
		"draw spectrograms of before and after into a PNG `file`, or folder for several")
	flags.BoolVar(&f.plan.InPlace, "in-place", false,
		"put every result in its recording's place, which is kept as NAME.orig.EXT; there is no OUT")
	flags.BoolVar(&f.plan.NoBackup, "no-backup", false, "do not keep the recordings, with --in-place")
	flags.BoolVar(&f.plan.Overwrite, "overwrite", false, "replace outputs that are there")
	flags.BoolVar(&f.plan.SkipExisting, "skip-existing", false, "skip recordings already cleaned")
	flags.StringVar(&f.options.Scratch, "scratch", "",
		"keep samples in this `folder` until their loudness is known (default: beside the result)")
	flags.BoolVar(&f.background, "background", false, "run at low priority")
	flags.BoolVar(&f.listen, "listen", false, "play the recording before and after when it is done; keys change the side")
	f.archive.add(flags)
	flags.BoolVar(&f.untilEOF, "until-eof", false, "stop when the standard input ends, as it does with the program that holds it")
	_ = flags.MarkHidden("until-eof") // for cleanApart; it fails for unknown flags only
	flags.IntVarP(&f.jobs, "jobs", "j", runtime.NumCPU(), "how many recordings to clean at a time")
	jsonFlag(cmd, &f.asJSON)
	flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "residue" { // its name before
			name = "residual"
		}
		return pflag.NormalizedName(name)
	})
	return cmd
}

// addSettings adds the flags that say how a recording is cleaned, the columns of a manifest.
func (f *cleanFlags) addSettings(flags *pflag.FlagSet) {
	flags.StringVar(&f.strength, "strength", strength.Max.String(), "how much to remove: "+strength.Allowed)
	flags.StringVar(&f.preset, "preset", "", "how to finish the voice: "+presetNames())
	flags.StringSliceVar(&f.voice, "voice", nil,
		"single settings of the voice processing, `NAME=VALUE`, beside the preset's (see \"stillmic voice --help\")")
	flags.BoolVar(&f.link, "link", false, "treat stereo channels alike, so that voices stay in place")
	flags.Float64Var(&f.options.Loudness, "loudness", 0,
		"bring the result to this integrated loudness, like -16 (`LUFS`); nothing but speech is made louder")
	flags.Float64Var(&f.options.TruePeak, "true-peak", -1, "hold peaks below this, with --loudness (`dBTP`)")
	flags.BoolVar(&f.options.Widen, "widen", false, "guess the upper band of recordings of up to 24 kHz; the result has 48 kHz")
	flags.BoolVar(&f.options.Force, "force", false, "clean damaged recordings as far as they go")
}

// runClean cleans what the arguments name.
func runClean(cmd *cobra.Command, f *cleanFlags, args []string) error {
	if f.background {
		if err := priority.Lower(); err != nil {
			return err
		}
	}
	processor, err := f.processorOptions(cmd.Flags().Changed)
	if err != nil {
		return err
	}
	if err := f.focusOn(&processor); err != nil {
		return err
	}
	m, err := f.networkFlags.load()
	if err != nil {
		return err
	}
	f.options.Overwrite = f.plan.Overwrite
	f.options.NewProcessor = func(channels, recordedAt int) (recording.Processor, error) {
		o := processor
		o.Widen = recordedAt
		return recording.NewProcessor(m.weights, channels, o)
	}
	inputs, out := args, ""
	if !f.plan.InPlace && len(args) > 1 {
		inputs, out = args[:len(args)-1], args[len(args)-1]
	}
	quiet := false
	for _, path := range []*string{&out, &f.plan.Residual, &f.plan.Picture} {
		if isStdout(*path) { // by whatever name
			*path, quiet = "-", true
		}
	}
	if quiet && f.asJSON {
		return usageError{errors.New("--json: the standard output is the recording; name a file for it")}
	}
	// Who reads has gone: an error, after which nothing is left behind. Programs that
	// are started do not inherit this.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	batch, err := clean.Plan(inputs, out, f.plan)
	if err != nil {
		return usageError{err}
	}
	if f.listen {
		if err := checkListen(batch, f.plan.InPlace); err != nil {
			return usageError{err}
		}
	}
	r := newCleanReport(cmd, len(batch.Jobs)+len(batch.Skipped), f.asJSON, quiet, cleanDone{f.strength, f.preset})
	ctx := cmd.Context()
	if f.untilEOF {
		ctx = untilEOF(ctx, os.Stdin)
	}
	failed := clean.Run(ctx, batch.Jobs, f.jobs, f.options, r)
	if err := r.finish(failed, batch); err != nil || !f.listen {
		return err
	}
	return hearBoth(cmd, batch.Jobs[0].In, batch.Jobs[0].Out, hearSeconds)
}

// isStdout reports whether an output goes where the report would.
func isStdout(path string) bool {
	if path == "-" || path == os.DevNull {
		return path == "-"
	}
	a, err := os.Stat(path)
	b, none := os.Stdout.Stat()
	return err == nil && none == nil && os.SameFile(a, b)
}

// processorOptions reads the settings; changed reports whether a flag was given and so stands
// above the preset.
func (f *cleanFlags) processorOptions(changed func(string) bool) (b recording.ProcessorOptions, err error) {
	b.Link = f.link
	var v voice.Settings
	if f.preset != "" {
		p, err := preset.Load(f.preset)
		if err != nil {
			return b, usageError{fmt.Errorf("--preset: %w", err)}
		}
		if !changed("strength") {
			f.strength = p.Strength
		}
		if !changed("loudness") {
			f.options.Loudness = p.Loudness
		}
		b.Near = p.Focus == focus.Near && !changed("focus")
		v = p.Voice
	}
	if len(f.voice) > 0 {
		if v, err = changeVoice(v, f.voice); err != nil {
			return b, usageError{fmt.Errorf("--voice: %w", err)}
		}
	}
	if f.preset != "" || len(f.voice) > 0 {
		b.Chains = func(channels int) []recording.VoiceChain { return chains(v, channels, f.link) }
	}
	s, err := strength.Parse(f.strength)
	if err != nil {
		return b, usageError{fmt.Errorf("--strength: %w", err)}
	}
	b.Strength = float32(s)
	switch l := f.options.Loudness; {
	case l != 0 && !(l >= -70 && l <= -5):
		return b, usageError{fmt.Errorf("--loudness: %g LUFS is out of reach; use -70 to -5, like -16 for a podcast or -23 "+
			"for broadcast", l)}
	case l == 0 && changed("loudness"):
		return b, usageError{errors.New("--loudness: 0 LUFS is out of reach; use -70 to -5, like -16 for a podcast or -23 for " +
			"broadcast")}
	case l == 0 && changed("true-peak"):
		return b, usageError{errors.New("--true-peak: say --loudness, too; without it the peaks stay as they are")}
	case !(f.options.TruePeak >= -20 && f.options.TruePeak <= 0):
		return b, usageError{fmt.Errorf("--true-peak: %g dBTP; use -20 to 0", f.options.TruePeak)}
	case f.options.Widen && f.plan.Residual != "":
		return b, usageError{errors.New("--widen and --residual: choose one, what is added was not removed")}
	case f.plan.NoBackup && !f.plan.InPlace:
		return b, usageError{errors.New("--no-backup: say --in-place, too; else no recording is replaced")}
	case f.jobs < 1:
		return b, usageError{errors.New("--jobs: 1 at least")}
	}
	return b, nil
}

// chains makes a voice chain for each channel; linked ones move as one.
func chains(s voice.Settings, channels int, link bool) (all []recording.VoiceChain) {
	if link {
		for _, c := range voice.NewLinked(s, channels) {
			all = append(all, c)
		}
		return all
	}
	for range channels {
		all = append(all, voice.New(s))
	}
	return all
}

// presetNames lists the presets, with the loudness of those that have one.
func presetNames() string {
	var list []string
	for _, name := range preset.Names() {
		if p, err := preset.Load(name); err == nil && p.Loudness != 0 { // all load: they are part of the program
			name = fmt.Sprintf("%s (%g LUFS)", name, p.Loudness)
		}
		list = append(list, name)
	}
	return strings.Join(list, ", ")
}
