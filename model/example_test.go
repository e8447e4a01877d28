package model_test

import (
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/stillmic/stillmic/model"
)

// A second of noise goes through the suppressor, 10 ms at a time. What comes out is later
// by its Delay.
func ExampleSuppressor() {
	weights, err := model.Default()
	if err != nil {
		log.Fatal(err)
	}
	suppressor := model.NewSuppressor(weights)
	suppressor.SetAttenuationLimit(30) // dB

	random := rand.New(rand.NewPCG(1, 2))
	in, out := make([]float32, 480), make([]float32, 480) // 10 ms at 48 kHz
	var before, after float32
	for range 100 {
		for i := range in {
			in[i] = float32(0.02 * random.NormFloat64())
		}
		suppressor.Process(out, in)
		for i := range in {
			before, after = before+in[i]*in[i], after+out[i]*out[i]
		}
	}
	fmt.Printf("delay %.0f ms, less noise: %v", float64(suppressor.Delay())/48, after < before/100)
	// Output: delay 30 ms, less noise: true
}
