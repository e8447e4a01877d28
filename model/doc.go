// Package model is the suppressor: a small recurrent network that takes noise
// and reverberation out of speech, 10 ms at a time.
//
// A Suppressor is fed hops of 480 samples (48 kHz, mono) and answers each at
// once with the 480 cleaned samples that entered one hop before:
//
//	weights, err := model.Default()
//	if err != nil {
//		return err
//	}
//	suppressor := model.NewSuppressor(weights)
//	for {
//		// read 480 samples into in
//		suppressor.Process(out, in)
//	}
//
// Weights are loaded once and may serve any number of suppressors. The package
// knows no clock, device or log; Process allocates nothing, and its output
// equals that of the training program (scripts/train) to 1e-4 of full scale, or
// to 2e-3 where the processor has kernels for integers.
//
// MODEL_CARD.md says what the network is, what it was trained on, what it
// reaches and what it is bad at.
package model
