package model

import (
	"unsafe"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/deepfilter"
	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/internal/safetensors"
)

// KindDeepFilter is the kind of networks of the shape of DeepFilterNet3, and
// deepFilterFormat is what the metadata of their files calls it.
const (
	KindDeepFilter   = "deepfilter"
	deepFilterFormat = "stillmic-2"
)

// deep is a network of that kind.
type deep struct{ weights *deepfilter.Weights }

// parseDeep reads a network out of its file, with weights as the kernels in use are
// quickest with. Streams with other kernels can use them, too, but more slowly.
func parseDeep(file *safetensors.File) (architecture, error) {
	return parseDeepAs(file, deepfilter.Best(chosen.Load()))
}

func parseDeepAs(file *safetensors.File, p deepfilter.Precision) (architecture, error) {
	w, err := deepfilter.Parse(file, p)
	if err != nil {
		return nil, err
	}
	return &deep{w}, nil
}

func (d *deep) kind() string      { return KindDeepFilter }
func (d *deep) lookahead() int    { return d.weights.Lookahead() }
func (d *deep) delay() int        { return (1 + d.lookahead()) * dsp.Hop }
func (d *deep) multiplyAdds() int { return d.weights.MultiplyAdds() }

func (d *deep) newStream(k *kernel.Set) stream {
	s := &deepStream{Stream: deepfilter.NewStream(d.weights, k)}
	s.analyzer.Shape, s.synthesizer.Shape = dsp.Vorbis, dsp.Vorbis
	return s
}

// deepStream is such a network on one stream.
type deepStream struct {
	*deepfilter.Stream
	analyzer    dsp.Analyzer
	synthesizer dsp.Synthesizer
	spec        [dsp.Bins]complex64 // of the cleaned frame
}

func (s *deepStream) bytes() int { return int(unsafe.Sizeof(*s)) + s.Bytes() }

func (s *deepStream) reset() {
	s.analyzer.Reset()
	s.synthesizer.Reset()
	s.Reset()
}

func (s *deepStream) listen(hop []float32, w *stopwatch) {
	s.analyzer.Analyze(s.Next(), hop)
	w.end(StageAnalysis)
	s.Hear()
	w.end(StageFeatures)
	s.Encode()
	w.end(StageEncoder)
	s.DecodeGains()
	w.end(StageDecoder)
	s.DecodeFilter()
	w.end(StageFilter)
}

func (s *deepStream) render(wet []float32, w *stopwatch) {
	s.Render(s.spec[:])
	s.synthesizer.Synthesize(wet, s.spec[:])
	w.end(StageSynthesis)
}

func (s *deepStream) raise(other stream)  { s.Raise(other.(*deepStream).Stream) }
func (s *deepStream) follow(other stream) { s.Follow(other.(*deepStream).Stream) }

func (s *deepStream) speech() float32 { return s.Speech() }
