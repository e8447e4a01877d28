// Package voiceprint tells one voice from others: an [Enrolment] makes the [Print] of a voice, a
// [Resemblance] says how much a voice resembles it, and [Turns] in which parts of a recording it speaks.
//
// A small network of our own (scripts/train/voiceprint) hears the cleaned sound, 40 bands every 20 ms, and
// says where a second of it lies among all voices: Size numbers. How much they resemble those of the
// print, within a second or three, is evidence for a chain of two states, the print's voice
// and another's, that seldom change.
package voiceprint
