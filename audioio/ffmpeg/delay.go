package ffmpeg

import (
	"fmt"
	"slices"
	"strconv"
)

// forgetful are endings of files that have no place for how much silence the
// encoder put before the sound, so that decoders play it.
var forgetful = map[string]bool{".mkv": true, ".mka": true, ".webm": true, ".ts": true, ".mts": true, ".m2ts": true, ".avi": true,
	".flv": true,
	".wmv": true, ".wma": true, ".aac": true, ".ac3": true, ".mp2": true, ".weba": true}

// lag is what an encoder of ffmpeg does to the place of the sound in a forgetful
// file, in samples.
type lag struct {
	late  int // how much later it is decoded; below 0: so much of its beginning is lost
	early int // how much before its own time the first packet begins
	kept  int // how much of the end the encoder keeps to itself
}

// lags were measured with ffmpeg 5.1 by decoding what it encoded. A frame of AAC
// overlaps with the one before by 1024 samples, one of AC-3 by 256, one of
// Windows Media by 2048, and ffmpeg drops the first of those; MP2's filter bank
// takes 481, MP3's 1105 with what LAME adds; Vorbis and Opus begin 128 and 312
// before, which is dropped.
var lags = map[string]lag{"aac": {1024, 1024, 0}, "libmp3lame": {1105, 1105, 0}, "mp2": {481, 481, 481}, "ac3": {256, 256, 256},
	"eac3": {256, 256, 256}, "libopus": {0, 312, 0}, "libvorbis": {0, 128, 0}, "wmav2": {-2048, 2048, 0}}

// lagOf is the lag of an encoder that runs at a rate in a file that ends in ext,
// with or without moving pictures.
func lagOf(ext, encoder string, rate int, video bool) lag {
	l := lags[encoder]
	switch {
	case !forgetful[ext]:
		return lag{}
	case encoder != "wmav2":
		return l
	case rate <= 16000: // its frames are shorter
		l = lag{-512, 512, 0}
	case rate <= 22050:
		l = lag{-1024, 1024, 0}
	}
	if video {
		l.late = -l.late // what is dropped lies before the sound, by its time
	}
	return l
}

// encoderRates are what encoders take, in Hz; those that are not here take all.
var encoderRates = map[string][]int{
	"libopus":    {48000},
	"ac3":        {32000, 44100, 48000},
	"eac3":       {32000, 44100, 48000},
	"mp2":        {16000, 22050, 24000, 32000, 44100, 48000},
	"libmp3lame": {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000},
	"wmav2":      {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000},
	"aac":        {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000},
}

// encoderRate is the rate at which an encoder takes sound of another one: the next
// above it, or else the highest that divides it.
func encoderRate(encoder string, rate int) int {
	takes := encoderRates[encoder]
	if len(takes) == 0 {
		return rate
	}
	best := takes[len(takes)-1]
	for _, r := range takes {
		if r >= rate {
			return r
		}
		if rate%r == 0 {
			best = r
		}
	}
	return best
}

// offset has ffmpeg take the sound as one that begins later by what its first
// packet is early. Else that begins before zero, where such files have no time,
// and all that lies beside the sound is moved.
func (l lag) offset(rate int) []string {
	if l.early == 0 {
		return nil
	}
	return []string{"-itsoffset", fmt.Sprintf("%.6f", float64(l.early)/float64(rate))}
}

// of returns the lag in samples of another rate than the encoder's.
func (l lag) of(rate, encoders int) lag {
	return lag{l.late * rate / encoders, l.early, l.kept * rate / encoders}
}

// seconds reads a time of ffprobe, 0 if it does not know.
func seconds(s string) float64 {
	t, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0 // "N/A"
	}
	return t
}

// soundIsLate reports whether the sound begins after what is beside it. Its first
// packet decides: where a decoder swallows that, the next has a later time,
// though no sound is lacking.
func (m media) soundIsLate() bool {
	return m.Streams[m.audio].Codec == "wmav2" || seconds(m.Streams[m.audio].Start) > max(seconds(m.Format.Start), 0)
}

// inPlace comes before an input, and keeps what is copied from it into a file that ends
// in ext at its time. ffmpeg moves all to begin at zero; but Opus begins before that with
// what is dropped, and MP3 behind it, which would move the chapters.
func (m media) inPlace(ext string) []string {
	moving := slices.ContainsFunc(m.along(ext), func(i int) bool { return !m.isCover(i) })
	if start := seconds(m.Format.Start); start == 0 || start > 0 && moving {
		return nil
	}
	return []string{"-itsoffset", m.Format.Start}
}

// along lists the streams beside the sound that have a place in a file that ends in ext.
func (m media) along(ext string) (all []int) {
	for i := range m.Streams {
		if m.goesAlong(i, ext) {
			all = append(all, i)
		}
	}
	return all
}

// unmoved comes after the output, and keeps what is used of an input of that
// number at its time. Of a transport stream ffmpeg moves the first that is used
// to zero, so that the first of all must be used, if only for nothing.
func (m media) unmoved(input int, used func(stream int) bool) []string {
	if m.Format.Name != "mpegts" {
		return nil
	}
	for i, s := range m.Streams {
		if used(i) && s.Start == m.Format.Start {
			return nil
		}
	}
	n := strconv.Itoa(input)
	return []string{"-map", n + ":v?", "-map", n + ":a?", "-c", "copy", "-f", "null", "-"}
}
