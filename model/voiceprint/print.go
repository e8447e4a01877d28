package voiceprint

import (
	"encoding/json"
	"errors"
	"math"
)

// Print is what is kept of a voice: where it lies among all, and how far it wanders. It holds no
// sound, and none can be made of it; but whoever has it can tell whether a recording is of that
// person.
type Print struct {
	Network string  `json:"network"` // that it was made with; another cannot read it
	Seconds float64 `json:"seconds"` // of speech that it was made of
	Own     float32 `json:"own"`     // how much a second of the voice resembles it, on average
	Halves  float32 `json:"halves"`  // how much the halves of the last enrolment resemble each other
	Times   int     `json:"times"`   // enrolments that it was made of
	Values  Values  `json:"values"`
}

// Add returns the print of what both were made of: the same voice, enrolled once more.
func (p *Print) Add(later *Print) *Print {
	both := *later
	both.Seconds += p.Seconds
	both.Times = p.Times + later.Times
	a, b := float32(min(p.Seconds, GoodSeconds)), float32(min(later.Seconds, GoodSeconds))
	for i := range both.Values {
		both.Values[i] = a*p.Values[i] + b*later.Values[i]
	}
	both.Values.normalise()
	both.Own = (a*p.Own*both.Values.resembles(&p.Values) + b*later.Own*both.Values.resembles(&later.Values)) / (a + b)
	return &both
}

// Resembles says how much two prints resemble each other, 1 at most.
func (p *Print) Resembles(other *Print) float32 { return p.Values.resembles(&other.Values) }

// printFormat is the form of a print's file.
const printFormat = "stillmic voice print 1"

// file is a Print as it is written.
type file struct {
	Format string `json:"format"`
	Print
}

// ErrOtherNetwork is the error of a print that another version has made.
var ErrOtherNetwork = errors.New("it was made for another version of stillmic; " +
	"enrol the voice again: stillmic voiceprint enroll")

// ErrNoPrint is the error of what is no print.
var ErrNoPrint = errors.New("not a voice print, or damaged; enrol the voice again: stillmic voiceprint enroll")

// Marshal returns the print as the JSON of its file.
func (p *Print) Marshal() ([]byte, error) {
	data, err := json.Marshal(file{printFormat, *p})
	return append(data, '\n'), err
}

// Parse reads a print out of its file. Its error is ErrNoPrint, or ErrOtherNetwork if this network
// cannot use it.
func Parse(data []byte) (*Print, error) {
	n, err := load()
	if err != nil {
		return nil, err
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, ErrNoPrint
	}
	if f.Format != printFormat || f.Network != n.id {
		if f.Format == "" || f.Network == "" {
			return nil, ErrNoPrint
		}
		return nil, ErrOtherNetwork
	}
	length := float64(f.Values.resembles(&f.Values))
	if math.Abs(length-1) > 0.01 || !(f.Own > 0 && f.Own <= 1) ||
		!(f.Seconds >= LeastSeconds && f.Seconds <= mostSeconds) {
		return nil, ErrNoPrint
	}
	f.Times = max(f.Times, 1) // prints were made without it
	return &f.Print, nil
}

// LeastSeconds is how much speech a print needs, and GoodSeconds from where on more adds little.
const (
	LeastSeconds = 5.0
	GoodSeconds  = 20.0
	mostSeconds  = 1e6 // of a print that is none
)

// ErrTooLittle is the error of an enrolment that has heard too little speech.
var ErrTooLittle = errors.New("too little speech")

// Enrolment makes a print of what it hears of one person, of one recording or of several.
type Enrolment struct {
	network  *network
	listener *listener
	all      sums
	piece    sums // the second that is not complete
	pieces   []Values
}

// NewEnrolment returns one that has heard nothing.
func NewEnrolment() (*Enrolment, error) {
	n, err := load()
	if err != nil {
		return nil, err
	}
	return &Enrolment{network: n, listener: newListener(n)}, nil
}

// Next begins another recording of the same person.
func (e *Enrolment) Next() { e.listener = newListener(e.network) }

// Hear takes a hop of 480 samples without noise, and how sure the suppressor is that it holds speech.
func (e *Enrolment) Hear(hop []float32, speech float32) {
	if !e.listener.hear(hop, speech) {
		return
	}
	k, block := e.listener.stream.kernels, &e.listener.done
	e.all.add(k, block)
	e.piece.add(k, block)
	if e.piece.voiced >= pieceFrames {
		var v Values
		e.network.from(k, &e.piece, &v)
		e.pieces, e.piece = append(e.pieces, v), sums{}
	}
}

// pieceFrames are those of a second of speech.
const pieceFrames = 50

// Seconds is how much speech it has heard.
func (e *Enrolment) Seconds() float64 { return float64(e.all.voiced) * 0.02 }

// Print returns the print of what it has heard. Its error is ErrTooLittle before LeastSeconds.
func (e *Enrolment) Print() (*Print, error) {
	if e.Seconds() < LeastSeconds {
		return nil, ErrTooLittle
	}
	p := &Print{Network: e.network.id, Seconds: e.Seconds(), Halves: e.Halves(), Times: 1}
	e.network.from(e.listener.stream.kernels, &e.all, &p.Values)
	// Half of the mean of the seconds: the whole has less chance in it, they have what changes.
	for i := range p.Values {
		for _, piece := range e.pieces {
			p.Values[i] += piece[i] / float32(len(e.pieces))
		}
	}
	p.Values.normalise()
	for _, piece := range e.pieces {
		p.Own += p.Values.resembles(&piece) / float32(len(e.pieces))
	}
	return p, nil
}
