package deepfilter

import (
	"fmt"
	"strconv"

	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/internal/safetensors"
)

// The sizes of DeepFilterNet3.
const (
	Low       = 96  // bins that the filter is for: up to 4.8 kHz
	Taps      = 5   // frames that it sees
	Channels  = 64  // of all maps
	Units     = 256 // of each GRU
	Embedding = 512 // what the encoder hands to the decoders

	frames       = 3  // that a 3x3 convolution sees
	outputGroups = 16 // of the filter decoder's last layer, each of six bins
	outputStride = 64 // their 60 values, in whole registers

	groupColumns = 2 * kernel.Lanes // what a group's outputs are rounded up to

	// lsnrLow and lsnrHigh are the ends of what the encoder says of the local SNR, in dB.
	lsnrLow, lsnrHigh = -15, 35

	// MaxLookahead is how many frames a network may hear ahead: the filter's taps reach
	// from the frame that many ahead to four frames before it.
	MaxLookahead = 2
)

// Weights is a network of this kind, packed for the kernels. It never changes.
type Weights struct {
	lookahead int
	encoder   encoder
	erb       erbDecoder
	df        dfDecoder
	size      int
}

// Lookahead returns how many frames the network hears before it answers for one.
func (w *Weights) Lookahead() int { return w.lookahead }

// Precision says which weights are packed as integers.
type Precision int

const (
	// Floats are the weights as they are.
	Floats Precision = iota

	// Int8 rounds those of the GRUs, which make nine tenths of the network, to 8 bits: a
	// quarter of the memory, and of the time where that goes into fetching them.
	Int8

	// Integers rounds those of the grouped layers to 8 bits, too, and those of the
	// convolutions to 16.
	Integers
)

// Best returns the precision that is quickest with some kernels.
func Best(k *kernel.Set) Precision {
	switch {
	case k.HasIntegers():
		return Integers
	case k.HasInt8():
		return Int8
	}
	return Floats
}

// Parse reads a network out of its file.
func Parse(file *safetensors.File, p Precision) (*Weights, error) {
	text := file.Meta["lookahead"]
	lookahead, err := strconv.Atoi(text)
	if err != nil || lookahead < 0 || lookahead > MaxLookahead {
		return nil, fmt.Errorf("metadata \"lookahead\" is %.20q, must be 0 to %d", text, MaxLookahead)
	}
	r := &reader{Reader: safetensors.NewReader(file), precision: p}
	w := &Weights{lookahead: lookahead, encoder: r.encoder(), erb: r.erbDecoder(), df: r.dfDecoder()}
	w.size = r.Size
	return w, r.Finish()
}

// reader takes layers out of a file.
type reader struct {
	*safetensors.Reader
	precision Precision
}

func (r *reader) encoder() encoder {
	return encoder{
		erb0: r.firstERB("encoder.erb0"),
		erb: [3]convolution{
			r.convolution("encoder.erb1", 2), r.convolution("encoder.erb2", 2), r.convolution("encoder.erb3", 1),
		},
		df0:      r.firstDF("encoder.df0"),
		df1:      r.convolution("encoder.df1", 2),
		dfEmbed:  r.grouped("encoder.df_embed", 32, Low/2*Channels, Embedding),
		embedIn:  r.grouped("encoder.embed_in", 16, Embedding, Units),
		gru:      r.gru("encoder.gru"),
		embedOut: r.grouped("encoder.embed_out", 16, Units, Embedding),
		lsnr:     dense{w: r.Take("encoder.lsnr.weight", 1, Embedding), b: r.bias("encoder.lsnr", 1), in: Embedding, stride: 1},
	}
}

func (r *reader) erbDecoder() erbDecoder {
	d := erbDecoder{
		embedIn:  r.grouped("erb_decoder.embed_in", 16, Embedding, Units),
		gru:      [2]gru{r.gru("erb_decoder.gru0"), r.gru("erb_decoder.gru1")},
		embedOut: r.grouped("erb_decoder.embed_out", 16, Units, Embedding),
		conv3:    r.convolution("erb_decoder.conv3", 1),
		conv2:    r.transposed("erb_decoder.conv2"),
		conv1:    r.transposed("erb_decoder.conv1"),
		conv0:    r.bands("erb_decoder.conv0"),
	}
	for i := range d.path {
		name := fmt.Sprintf("erb_decoder.path%d", i)
		d.path[i] = path{r.Take(name+".weight", Channels, 1, 1, 1), r.bias(name, Channels)}
	}
	return d
}

func (r *reader) dfDecoder() dfDecoder {
	d := dfDecoder{
		embedIn: r.grouped("df_decoder.embed_in", 8, Embedding, Units),
		gru:     [2]gru{r.gru("df_decoder.gru0"), r.gru("df_decoder.gru1")},
		skip:    r.grouped("df_decoder.skip", 16, Embedding, Units),
		output:  r.grouped("df_decoder.output", outputGroups, Units, Low*2*Taps),
		bias:    make([]float32, tapsStride),
	}
	r.path(&d, "df_decoder.path")
	return d
}

// bias takes a layer's bias.
func (r *reader) bias(name string, n int) []float32 { return r.Take(name+".bias", n) }

// MultiplyAdds returns the multiply-adds of the network's products in one frame, as the
// network is defined: without what is saved by folding or added by whole registers.
func (w *Weights) MultiplyAdds() int {
	const separable = 3*Channels + Channels*Channels // of a band
	erb := Bands*9*Channels + (Bands/2+Bands/4+Bands/4)*separable
	df := Low*(9*Channels+Channels*Channels) + Low/2*separable
	const gru = 6 * Units * Units
	grouped := func(groups, in, out int) int { return in * out / groups }
	encoder := erb + df + grouped(32, Low/2*Channels, Embedding) + 2*grouped(16, Embedding, Units) + gru + Embedding
	decoder := 2*grouped(16, Embedding, Units) + 2*gru + (Bands/4+Bands/4+Bands/2+Bands)*Channels +
		(Bands/4+Bands/2+Bands)*separable + Bands*3*Channels
	filter := grouped(8, Embedding, Units) + 2*gru + grouped(16, Embedding, Units) + grouped(16, Units, Low*2*Taps) +
		Low*2*Taps*(Channels/2*Taps+2*Taps)
	return encoder + decoder + filter
}
