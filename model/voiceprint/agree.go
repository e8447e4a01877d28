package voiceprint

// Halves says how much the first half of what was heard resembles the second: 1 at most, 0 before
// there are two seconds of speech.
func (e *Enrolment) Halves() float32 {
	half := len(e.pieces) / 2
	if half == 0 {
		return 0
	}
	first, second := meanOf(e.pieces[:half]), meanOf(e.pieces[half:])
	return first.resembles(&second)
}

// Apart says how little two groups of the seconds resemble each other, chosen so that they do least:
// two people who speak in turn are such groups. There are fewPieces seconds in either; before there
// are enough the groups are alike, and it is 1.
func (e *Enrolment) Apart() float32 {
	if len(e.pieces) < 2*fewPieces {
		return 1
	}
	a, b := unlike(e.pieces)
	for range 10 {
		var one, other []Values
		for i := range e.pieces {
			if e.pieces[i].resembles(&a) >= e.pieces[i].resembles(&b) {
				one = append(one, e.pieces[i])
			} else {
				other = append(other, e.pieces[i])
			}
		}
		if min(len(one), len(other)) < fewPieces {
			return 1
		}
		a, b = meanOf(one), meanOf(other)
	}
	return a.resembles(&b)
}

const fewPieces = 3

// unlike returns the two pieces that resemble each other least.
func unlike(pieces []Values) (a, b Values) {
	least := float32(2)
	for i := range pieces {
		for j := range i {
			if r := pieces[i].resembles(&pieces[j]); r < least {
				least, a, b = r, pieces[i], pieces[j]
			}
		}
	}
	return a, b
}

// meanOf is the direction between some.
func meanOf(pieces []Values) (mean Values) {
	for i := range pieces {
		for n, v := range pieces[i] {
			mean[n] += v
		}
	}
	mean.normalise()
	return mean
}
