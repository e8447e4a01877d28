// Package focus lowers voices that are not wanted in calls: [NewNear] those that are farther from
// the microphone than the speaker's, without any enrolment, [NewMe] all but the one of a voice
// print.
//
// A small network of our own (scripts/train/focus) hears every 10 ms what comes out of the suppressor beside
// the microphone, and says by how much each of 44 bands is to be lowered. What it says is tempered: nothing
// sinks below a floor, little of what begins after a pause is lowered, and a voice that
// is wanted comes back at once.
//
//	f, err := focus.NewNear()
//	if err != nil {
//		return err
//	}
//	suppressor.Process(clean, raw)
//	voice := f.Process(raw, clean, suppressor.SpeechProbability()) // clean is a hop late from here on
package focus
