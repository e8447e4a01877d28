package archive

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestProcessorTimeIsItsOwn: of recordings that are cleaned at the same time each has the processor time that
// it took itself, and all together no more than the process, those of ffmpeg included.
func TestProcessorTimeIsItsOwn(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip(err)
	}
	p := newPlace(t, "a.wav", "b.wav", "c.wav", "d.wav", "long.wav", "sound.wav")
	p.record("long.wav", 48000*12, 1)
	// As MP3 it takes ffmpeg twice: to write it, and to read it again.
	p.write(p.manifest, strings.ReplaceAll(p.read(p.manifest), "out/sound.wav", "out/sound.mp3"))
	before := processTime(t)
	task := p.task(Shard{0, 1})
	task.Parallel = 3
	if c, err := task.Run(t.Context()); err != nil || c.Done != 6 {
		t.Fatal(c, err)
	}
	all := processTime(t) - before
	if err := task.Report.Close(); err != nil {
		t.Fatal(err)
	}
	own, sum := map[string]float64{}, 0.0
	for _, r := range p.records() {
		own[strings.TrimPrefix(r.Input, p.folder+"/")] = r.CPU
		sum += r.CPU
	}
	t.Logf("%.3v; %.3f s of %.3f s", own, sum, all.Seconds())
	if sum > all.Seconds() || sum < all.Seconds()/4 {
		t.Errorf("all together have %.3f s, the process %v", sum, all)
	}
	// 60 times as long, and some more to begin with.
	if own["long.wav"] < 3*own["a.wav"] || own["a.wav"] <= 0 {
		t.Errorf("12 s of sound took %.3f s, 0.2 s took %.3f s", own["long.wav"], own["a.wav"])
	}
	if own["sound.wav"] < own["a.wav"]+0.02 {
		t.Errorf("with ffmpeg it took %.3f s, without %.3f s", own["sound.wav"], own["a.wav"])
	}
}

// processTime returns the processor time of this process and of those it has waited for.
func processTime(t *testing.T) (total time.Duration) {
	t.Helper()
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var u unix.Rusage
		if err := unix.Getrusage(who, &u); err != nil {
			t.Fatal(err)
		}
		total += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return total
}
