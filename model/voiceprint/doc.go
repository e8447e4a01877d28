// Package voiceprint tells one voice from others: an [Enrolment] makes the [Print] of a voice, and a
// [Focus] lowers every other voice in a recording by it.
//
// A small network of our own (scripts/train/voiceprint) hears the cleaned sound, 40 bands every 20 ms, and
// says where a second of it lies among all voices: Size numbers. How much they resemble those of the
// print, within a second and within two, is evidence for a chain of two states, the print's voice
// and another's, that seldom change. What is not surely another's is left as it is.
//
//	focus, err := voiceprint.NewFocus(print, 1)
//	if err != nil {
//		return err
//	}
//	suppressor.Process(hop, hop)
//	focus.Process([][]float32{hop}, suppressor.SpeechProbability())
package voiceprint
