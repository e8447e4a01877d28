package focus

import (
	"crypto/sha256"
	_ "embed" // the weights
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/internal/safetensors"
	"github.com/stillmic/stillmic/model/internal/voicebands"
	"github.com/stillmic/stillmic/model/voiceprint"
)

const (
	bands   = voicebands.All
	heard   = 2*bands + 1 // of the input: the rows of what comes out of the suppressor and of the microphone, speech
	heardMe = heard + 3   // and how much the last second and the last 0.4 s resemble the print, and whether that is known
	inputs  = (heardMe + kernel.Lanes - 1) / kernel.Lanes * kernel.Lanes

	format = "stillmic-focus-1"

	// said is the width of the last layer: the bands' gains, how likely a wanted voice is there,
	// and what fills the last vector.
	said    = (bands + kernel.Lanes) / kernel.Lanes * kernel.Lanes
	voiceAt = bands

	// mostWide is how wide a layer may be.
	mostWide = 512
)

// kind is which network a file has.
type kind string

const (
	near kind = "near"
	me   kind = "me"
)

//go:embed near.safetensors
var nearFile []byte

//go:embed me.safetensors
var meFile []byte

// network is two recurrent layers between two others.
type network struct {
	id            string // of the weights: the beginning of their SHA-256
	voiceprint    string // of me: the id of the network whose prints it knows
	wide          int    // of the layers between
	input         layer
	first, second recurrent
	scale, shift  []float32 // of me: wide x voiceprint.Size, in the order of the file
	output        layer     // of gains and voice
}

// layer is y = b + x w, with w as in x out. in is a multiple of kernel.Lanes, with weights of 0 where
// the file has none.
type layer struct {
	w, b    []float32
	in, out int
	whole   *kernel.Int16 // w in whole steps, for processors that are quicker so
}

// recurrent is a gated recurrent unit: the gates r, z and n of its input, and of its state.
type recurrent struct{ input, state gates }

// gates are a layer of three gates, side by side: most of the weights. Integers of 8 bits, in steps of each
// gate's own, are fetched and multiplied in less time than those of 16.
type gates struct {
	w, b  []float32 // b has what fills the last panel, too
	wide  int
	eight *kernel.Int8
}

// loadNear and loadMe read the built-in networks, once.
var (
	loadNear = sync.OnceValues(func() (*network, error) { return loaded(nearFile, near) })
	loadMe   = sync.OnceValues(func() (*network, error) { return loaded(meFile, me) })
)

func loaded(data []byte, k kind) (*network, error) {
	n, err := parse(data, k)
	if err != nil {
		return nil, fmt.Errorf("load the network of focus %q: %w", k, err)
	}
	return n, nil
}

// parse reads a network of a kind out of its file.
func parse(data []byte, k kind) (*network, error) {
	file, err := safetensors.Parse(data)
	if err != nil {
		return nil, err
	}
	for name, want := range map[string]string{"format": format, "kind": string(k)} {
		if got := file.Meta[name]; got != want {
			return nil, fmt.Errorf("metadata %q is %.40q, must be %q", name, got, want)
		}
	}
	wide := 0
	if shape := file.Tensors["input.weight"].Shape; len(shape) == 2 {
		wide = shape[0]
	}
	if wide < kernel.Lanes || wide > mostWide || wide%kernel.Lanes != 0 {
		return nil, fmt.Errorf("tensor %q makes %d values, must be a multiple of %d up to %d", "input.weight", wide, kernel.Lanes, mostWide)
	}
	sum := sha256.Sum256(data)
	n := &network{id: hex.EncodeToString(sum[:6]), wide: wide}
	r := &reader{safetensors.NewReader(file)}
	in := heard
	if k == me {
		in = heardMe
		n.voiceprint = strings.ToLower(file.Meta["voiceprint"])
		n.scale = r.Take("scale.weight", wide, voiceprint.Size)
		n.shift = r.Take("shift.weight", wide, voiceprint.Size)
	}
	n.input = r.layer("input.weight", "input.bias", in, wide)
	n.first, n.second = r.recurrent("first", wide), r.recurrent("second", wide)
	n.output = r.output(wide)
	return n, r.Finish()
}

// reader takes layers out of a file.
type reader struct{ *safetensors.Reader }

// layer takes a matrix and its bias.
func (r *reader) layer(weight, bias string, in, out int) layer {
	w, b := r.Take(weight, out, in), r.Take(bias, out)
	rows := (in + kernel.Lanes - 1) / kernel.Lanes * kernel.Lanes
	l := layer{w: make([]float32, rows*out), b: b, in: rows, out: out}
	if r.Err != nil {
		return l
	}
	for o := range out {
		for i := range in {
			l.w[i*out+o] = w[o*in+i]
		}
	}
	l.whole = kernel.NewInt16(l.w, out, rows, out)
	return l
}

// recurrent takes a recurrent layer.
func (r *reader) recurrent(name string, wide int) recurrent {
	return recurrent{r.gates(name+".weight_ih", name+".bias_ih", wide), r.gates(name+".weight_hh", name+".bias_hh", wide)}
}

// gates takes the gates of an input or of a state.
func (r *reader) gates(weight, bias string, wide int) gates {
	w, b := r.Take(weight, 3*wide, wide), r.Take(bias, 3*wide)
	filled := kernel.WholePanels(3 * wide)
	g := gates{w: make([]float32, len(w)), b: make([]float32, filled), wide: wide}
	if r.Err != nil {
		return g
	}
	for o := range 3 * wide {
		for i := range wide {
			g.w[i*3*wide+o] = w[o*wide+i]
		}
	}
	copy(g.b, b)
	all := make([]float32, filled*wide)
	copy(all, w)
	g.eight = kernel.NewInt8Turned(all, wide, filled)
	return g
}

// output takes the layers of gains and voice, as one.
func (r *reader) output(wide int) layer {
	gains := r.layer("gains.weight", "gains.bias", wide, bands)
	voice := r.layer("voice.weight", "voice.bias", wide, 1)
	l := layer{w: make([]float32, wide*said), b: make([]float32, said), in: wide, out: said}
	if r.Err != nil {
		return l
	}
	copy(l.b, gains.b)
	l.b[voiceAt] = voice.b[0]
	for i := range wide {
		copy(l.w[i*said:], gains.w[i*bands:][:bands])
		l.w[i*said+voiceAt] = voice.w[i]
	}
	l.whole = kernel.NewInt16(l.w, said, wide, said)
	return l
}
