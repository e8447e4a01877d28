package model

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
)

// Fixed sizes: two convolutions of stride 2 halve the bands to 64 and then 32
// positions.
const (
	featureMaps = 6 // input maps per band, see features.go
	halfway     = dsp.Bands / 2
	positions   = dsp.Bands / 4
	kernel1     = 5 // positions that the first convolution sees
	kernel2     = 3 // and the second
)

// Shape holds the sizes that tell one network from another. It travels as JSON
// in the weight file's metadata, under "shape".
type Shape struct {
	Conv     int `json:"conv"`     // channels of the first convolution, at 64 positions
	Channels int `json:"channels"` // channels of the blocks, at 32 positions
	Blocks   int `json:"blocks"`   // blocks of a GRU over time and a mixing over frequency
	Squeeze  int `json:"squeeze"`  // channels per position that the wide GRU sees
	Wide     int `json:"wide"`     // units of the wide GRU, which sees all positions
	Detail   int `json:"detail"`   // channels of the decoder's last layer, at 128 positions
}

// MultiplyAdds returns the multiply-adds of the network's products for one
// hop. Transforms, features and activations are not counted.
func (s Shape) MultiplyAdds() int {
	c, flat := s.Channels, positions*s.Squeeze
	encoder := halfway*kernel1*featureMaps*s.Conv + positions*kernel2*s.Conv*c
	block := positions*6*c*c + c*positions*positions + positions*c*c
	wide := 3*s.Wide*(flat+s.Wide) + s.Wide*flat + 2*positions*c*s.Squeeze + s.Wide
	decoder := halfway*2*c*s.Conv + dsp.Bands*2*s.Conv*s.Detail
	output := dsp.Bands * (featureMaps*s.Detail + 3*s.Detail*2)
	return encoder + s.Blocks*block + wide + decoder + output
}

// parseShape reads the JSON form and refuses sizes that no layer here can have.
func parseShape(text string) (Shape, error) {
	var s Shape
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, fmt.Errorf("metadata \"shape\" is %.80q: %w", text, err)
	}
	sizes := []struct {
		name  string
		value int
	}{
		{"conv", s.Conv}, {"channels", s.Channels}, {"squeeze", s.Squeeze}, {"wide", s.Wide}, {"detail", s.Detail},
	}
	for _, v := range sizes {
		if v.value < kernel.Lanes || v.value > 2048 || v.value%kernel.Lanes != 0 {
			return s, fmt.Errorf("metadata \"shape\": %s is %d, must be a multiple of 8 from 8 to 2048", v.name, v.value)
		}
	}
	if s.Blocks < 1 || s.Blocks > 16 {
		return s, fmt.Errorf("metadata \"shape\": blocks is %d, must be 1 to 16", s.Blocks)
	}
	return s, nil
}
