package main

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/width"

	"github.com/stillmic/stillmic/daemon/enrol"
)

// enrolView shows how an enrolment goes.
type enrolView interface {
	show(p enrol.Progress) error
	end()
}

// advice is what a hint means; the longest has 36 letters.
var advice = map[enrol.Hint]string{
	enrol.SayMuted:   "muted: switch the microphone on",
	enrol.SayNoSound: "nothing comes from the microphone",
	enrol.SayLoud:    "too loud: move away a little",
	enrol.SayNoise:   "too much noise, or another voice",
	enrol.SaySoft:    "a bit louder, or closer",
	enrol.SaySeveral: "several people? speak alone",
	enrol.SayRead:    "read the text aloud",
	enrol.SayFine:    "good, read on",
}

// enrolScreen draws one line of 80 columns again and again.
type enrolScreen struct {
	w     io.Writer
	drawn bool
}

func (v *enrolScreen) show(p enrol.Progress) error {
	v.drawn = true
	const columns = 18
	full := min(max(int(p.Seconds/p.Wanted*columns+0.5), 0), columns)
	drawn := strings.Repeat("█", full) + strings.Repeat("░", columns-full)
	_, err := fmt.Fprintf(v.w, "\r%s %4.1f of %.0f s  %4.0f dB  %s\x1b[K", drawn, p.Seconds, p.Wanted, p.LevelDB, advice[p.Hint])
	return err
}

func (v *enrolScreen) end() {
	if v.drawn {
		fmt.Fprint(v.w, "\r\x1b[K")
	}
}

// enrolLines prints a line for every 5 s of speech, and for what is wrong.
type enrolLines struct {
	w    io.Writer
	told int // of 5 s, -1: nothing yet
	hint enrol.Hint
}

func (v *enrolLines) show(p enrol.Progress) error {
	steps := int(p.Seconds / 5)
	if steps == v.told && p.Hint == v.hint {
		return nil
	}
	v.told, v.hint = steps, p.Hint
	_, err := fmt.Fprintf(v.w, "%.0f of %.0f s: %s\n", p.Seconds, p.Wanted, advice[p.Hint])
	return err
}

func (v *enrolLines) end() {}

// wrapped breaks a text into lines of so many columns at most, between words, and between any two
// letters of a script that is written without spaces.
func wrapped(text string, columns int) (lines []string) {
	line, used := "", 0
	for _, word := range pieces(text) {
		wide := columnsOf(strings.TrimRight(word, " "))
		if used+wide > columns && line != "" {
			lines = append(lines, strings.TrimRight(line, " "))
			line, used = "", 0
		}
		line += word
		used += columnsOf(word)
	}
	return append(lines, strings.TrimRight(line, " "))
}

// pieces are what a line is made of: words with the space after them, and wide letters, with the
// punctuation that must not begin a line.
func pieces(text string) (list []string) {
	var piece strings.Builder
	letters := []rune(text)
	for i, r := range letters {
		piece.WriteRune(r)
		next := rune(' ')
		if i+1 < len(letters) {
			next = letters[i+1]
		}
		opens := strings.ContainsRune("「“《（", r)
		closes := strings.ContainsRune("、。，：；！？」”》）ーっゃゅょッャュョ", next)
		if r == ' ' || (isWide(r) || isWide(next)) && !opens && !closes {
			list = append(list, piece.String())
			piece.Reset()
		}
	}
	if piece.Len() > 0 {
		list = append(list, piece.String())
	}
	return list
}

func isWide(r rune) bool {
	k := width.LookupRune(r).Kind()
	return k == width.EastAsianWide || k == width.EastAsianFullwidth
}

func columnsOf(text string) (n int) {
	for _, r := range text {
		n++
		if isWide(r) {
			n++
		}
	}
	return n
}
