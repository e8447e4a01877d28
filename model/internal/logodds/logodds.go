// Package logodds follows how likely one of two voices speaks: in natural logarithms of the odds, to which what each hop
// says is added.
package logodds

import "math"

// Of returns the log odds of a probability.
func Of(p float64) float64 { return math.Log(p / (1 - p)) }

// Passed returns what is left of log odds after a step in which the other of two voices may begin, change being how
// likely: the prediction of a Markov chain of two states.
func Passed(odds, change float64) float64 {
	p := 1 / (1 + math.Exp(-odds))
	return Of(p*(1-change) + (1-p)*change)
}
