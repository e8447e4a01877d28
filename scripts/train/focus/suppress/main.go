// Command suppress runs the suppressor for the trainer of the focus networks. It reads mixes from its
// standard input, as often as there are: the length of the network's name (uint32), the name, the
// attenuation limit in dB (float32, 0 for none), how many hops follow (uint32), and these, 480 samples each (float32),
// all little endian. For each mix it writes what the suppressor makes of it, moved to where it lay in the mix, and
// then how likely each hop holds speech.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
)

func main() {
	in, out := bufio.NewReaderSize(os.Stdin, 1<<20), bufio.NewWriterSize(os.Stdout, 1<<20)
	for {
		err := answer(in, out)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "suppress: %v\n", err)
			os.Exit(1)
		}
	}
}

// answer reads a mix and writes what is left of it. Its error is io.EOF where no mix follows.
func answer(in io.Reader, out *bufio.Writer) error {
	var length, hops uint32
	if err := binary.Read(in, binary.LittleEndian, &length); err != nil {
		return err
	}
	name, limit := make([]byte, length), float32(0)
	for _, each := range []any{name, &limit, &hops} {
		if err := binary.Read(in, binary.LittleEndian, each); err != nil {
			return fmt.Errorf("read the settings of a mix: %w", noEnd(err))
		}
	}
	mix := make([]float32, int(hops)*dsp.Hop)
	if err := binary.Read(in, binary.LittleEndian, mix); err != nil {
		return fmt.Errorf("read the samples of a mix: %w", noEnd(err))
	}
	clean, speech, err := suppress(string(name), limit, mix)
	if err != nil {
		return err
	}
	for _, each := range [][]float32{clean, speech} {
		if err := binary.Write(out, binary.LittleEndian, each); err != nil {
			return err
		}
	}
	return out.Flush()
}

// noEnd makes of an end within a mix an error.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// suppress returns what a network leaves of a mix, with nothing of its delay, and what it says of each hop.
func suppress(name string, limit float32, mix []float32) (clean, speech []float32, err error) {
	weights, err := model.Named(name)
	if err != nil {
		return nil, nil, err
	}
	s := model.NewSuppressor(weights)
	if limit > 0 {
		s.SetAttenuationLimit(limit)
	}
	mix = append(mix, make([]float32, s.Delay())...)
	clean = make([]float32, len(mix))
	for at := 0; at < len(mix); at += dsp.Hop {
		s.Process(clean[at:at+dsp.Hop], mix[at:at+dsp.Hop])
		speech = append(speech, s.SpeechProbability())
	}
	return clean[s.Delay():], speech[s.Delay()/dsp.Hop:], nil
}
