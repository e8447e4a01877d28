// Package model is the suppressor: recurrent networks that take noise and
// reverberation out of speech, 10 ms at a time.
//
// There are two kinds of network behind one interface. KindDeepFilter has the shape of
// DeepFilterNet3 (internal/deepfilter explains it layer by layer): gains for 32 bands and
// a filter over five frames for the bins below 4.8 kHz. KindShared is smaller: its weights
// are shared by all frequencies (network.go). Full, LowLatency, Light and Small are built in.
//
// A Suppressor is fed hops of 480 samples (48 kHz, mono) and answers each at
// once with the 480 cleaned samples that entered Delay samples before: one hop, three
// where the network hears 20 ms ahead, none of one WithoutDelay.
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
// knows no clock, device or log; Process allocates nothing. In floats its output equals that of
// PyTorch to 1e-4 of full scale. Where the processor has kernels for integers, large layers
// are rounded: KindShared is then within 2e-3, and the output of KindDeepFilter 30 dB and more
// above what the rounding changes.
//
// MODEL_CARD.md says what the networks are, what they were trained on, what they
// reach and what they are bad at.
package model
