//go:build linux

package page

import (
	"fmt"
	"math"
	"os"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/daemon/control"
)

// pixels is the expression for the pixels of a spectrogram. They are read from a
// copy: reading the page's own canvas would slow it, and the browser says so.
func pixels(side string) string {
	return fmt.Sprintf(`((c) => {
		const copy = new OffscreenCanvas(c.width, c.height).getContext("2d", {willReadFrequently: true});
		copy.drawImage(c, 0, 0);
		return copy.getImageData(0, 0, c.width, c.height);
	})(document.getElementById("spectrum-%s"))`, side)
}

// newest is the mean darkness of the newest part of a spectrogram, 0 to 255: in
// the light theme louder is darker.
func newest(side string, seconds float64) string {
	return fmt.Sprintf(`(({width, data}, share) => {
		let sum = 0, n = 0;
		for (let i = 0; i < data.length; i += 4) {
			if ((i / 4) %% width < width * (1 - share)) continue;
			sum += 255 - (data[i] + data[i + 1] + data[i + 2]) / 3;
			n++;
		}
		return sum / n;
	})(%s, %g / 12)`, pixels(side), seconds)
}

// moving is the share of the columns of a spectrogram that change within 300 ms.
var moving = `(async () => {
	const look = () => new Uint32Array(` + pixels("before") + `.data.buffer);
	await new Promise((done) => setTimeout(done, 150)); // it was drawn with what is wanted now
	const width = document.getElementById("spectrum-before").width;
	const a = look();
	await new Promise((done) => setTimeout(done, 300));
	const b = look();
	const changed = new Set();
	a.forEach((v, i) => v !== b[i] && changed.add(i % width));
	return changed.size / width;
})()`

// sound: the spectrograms and meters show what is heard.
func (p *tab) sound() {
	p.Post("/v1/strength", map[string]string{"strength": "max"})
	sum := pixels("before") + `.data.reduce((a, v, i) => (a * 31 + v + i) % 1000003, 7)`
	p.until(patient, fmt.Sprintf("%s !== %v", sum, ask[float64](p, sum)))

	// It moves, unless less motion is wanted: then only what is new changes.
	p.moves("as it is", func(share float64) bool { return share > 0.2 })
	p.media("light", "reduce", "")
	p.moves("though less motion is wanted", func(share float64) bool { return share > 0 && share < 0.12 })
	p.theme("light")

	// Noise is in the one and not in the other.
	p.until(patient, newest("before", 2)+" > 25 + "+newest("after", 2))
	p.T.Logf("darkness before %.1f, after %.1f", ask[float64](p, newest("before", 2)), ask[float64](p, newest("after", 2)))
	p.until(patient, `parseFloat(`+text("reduction")+`) > 3`)
	p.until(patient, `document.getElementById("meter-before").getAttribute("aria-valuenow") > -60`)
	p.until(patient, `parseFloat(`+text("speech")+`) >= 0 && document.getElementById("speech-bar").style.transform !== ""`)

	// Bypassed they are the same, muted the second is empty.
	p.Post("/v1/bypass", map[string]bool{"on": true})
	p.until(patient, `Math.abs(`+newest("before", 0.5)+` - `+newest("after", 0.5)+`) < 6`)
	p.Post("/v1/bypass", map[string]bool{"on": false})
	p.Post("/v1/mute", map[string]bool{"on": true})
	p.until(patient, newest("after", 0.3)+" < 16 && "+newest("before", 0.3)+" > 40")
	p.until(patient, text("level-after")+` === "silent"`)
	p.Post("/v1/mute", map[string]bool{"on": false})
	p.Post("/v1/preset", map[string]string{"preset": "call"})
}

// moves waits until as much of the spectrogram moves as is wanted: a machine that
// stands still shows nothing or all of it at once.
func (p *tab) moves(when string, ok func(share float64) bool) {
	p.T.Helper()
	share := ask[float64](p, moving)
	for begin := time.Now(); !ok(share); share = ask[float64](p, moving) {
		if time.Since(begin) > patient {
			p.T.Fatalf("%.0f %% of the columns move %s", 100*share, when)
		}
	}
}

// record: the recording begins; replay looks at it when it is done.
func (p *tab) record() {
	p.listen()
	p.click("#record")
	p.until(patient, `document.getElementById("record").disabled && document.getElementById("record-progress").value > 0`)
}

// replay: what was recorded can be heard, switched, saved and deleted.
func (p *tab) replay() {
	p.until(30*time.Second, `!document.getElementById("player").disabled`)
	var r control.Recording
	if err := p.get("/v1/record", &r); err != nil || r.State != control.RecordReady || r.Figures == nil {
		p.T.Fatalf("%+v, %v", r, err)
	}
	p.T.Logf("figures: %+v", *r.Figures)
	want := fmt.Sprintf("%.1f dB", math.Abs(r.Figures.NoiseRemovedDB))
	p.until(patient, text("record-figures")+fmt.Sprintf(".includes(%q)", want))
	if r.Figures.NoiseRemovedDB < 3 {
		p.T.Errorf("noise removed: %.1f dB", r.Figures.NoiseRemovedDB)
	}
	p.snap()
	p.saysLittle("while it records", "record", 2) // that it begins, and that it is ready
	p.listen()

	p.click("#play")
	p.until(patient, text("play")+` === "Pause" && Number(document.getElementById("seek").value) > 0.2`)
	p.click("#player-track label:first-child input")
	p.until(patient, `document.getElementById("record-save").download === "stillmic-raw.wav" && document.getElementById("record-save").href.startsWith("blob:")`)
	p.until(patient, `Number(document.getElementById("seek").value) > 1.2 && `+text("time")+` !== "0:00"`) // the change did not stop it
	p.saysLittle("while it plays", "", 0)
	p.click("#play")
	p.until(patient, text("play")+` === "Play"`)
	if length := ask[float64](p, `Number(document.getElementById("seek").max)`); math.Abs(length-10) > 0.1 {
		p.T.Errorf("the recording has %.2f s, want 10", length)
	}
	p.click("#record-delete")
	p.until(patient, `document.getElementById("player").disabled && `+text("record-state")+`.startsWith("Speak, then replay")`)
}

// brokenRecording: of a recording that the daemon cannot give, the page says so, and asks no more.
func (p *tab) brokenRecording() {
	asked := ask[float64](p, `new Promise((done) => {
		const usual = window.fetch, button = document.getElementById("record-delete");
		let asked = 0;
		window.fetch = async (path, options) => {
			if (!path.startsWith("/v1/record")) return usual(path, options);
			if (!path.endsWith(".wav")) return Response.json({ state: "ready", created: "now", seconds: 10, recorded: 10 });
			asked++;
			return Response.json({ error: "the disk is broken" }, { status: 500 });
		};
		button.disabled = false;
		button.click(); // which looks whether a recording is there
		setTimeout(() => {
			window.fetch = usual;
			done(asked);
		}, 4000);
	})`)
	if asked != 1 {
		p.T.Errorf("the page asks %.0f times for a recording that is refused, want once", asked)
	}
	p.until(patient, text("toast")+` === "the disk is broken"`)
}

// writeWAV writes 48 kHz mono.
func writeWAV(path string, samples []float32) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w, err := wav.NewWriter(f, pcm.Format{Rate: audioio.SampleRate, Channels: 1, Encoding: pcm.Float32}, metadata.Metadata{})
	if err != nil {
		return err
	}
	if err := w.Write(samples); err != nil {
		return err
	}
	return w.Close()
}
