// Package engine moves audio from a microphone through the suppressor to the
// virtual microphone, one hop of 10 ms at a time.
//
// The way of a hop goes forward only: [Engine.Run] reads it, makes the output of it
// and writes that. One goroutine does so, and in it nothing allocates, locks, logs
// or waits but ReadBlock and WriteBlock. What others set is taken over at the
// beginning of a hop, from atomic values; what they read of it, they read from
// atomic values.
//
// A panic of the suppressor, the voice processing or the tap takes that out of the
// way and becomes a [Fault]; the microphone is still heard.
package engine
