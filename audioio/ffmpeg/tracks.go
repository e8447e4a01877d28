package ffmpeg

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/stillmic/stillmic/audioio/metadata"
)

// track is a sound beside the first that was cleaned, and how it is encoded.
type track struct {
	metadata.Track
	encoder, known string
	rate           int // of the encoder, Hz
	lag            lag // in samples of the encoder
}

// encodeTracks decides how the other sounds are encoded, as far as they were cleaned.
func encodeTracks(src media, ext string, m metadata.Metadata) (tracks []track, err error) {
	if len(m.Tracks) == 0 {
		return nil, nil
	}
	sounds := src.sounds()
	if len(m.Tracks) != len(sounds)-1 {
		return nil, fmt.Errorf("%d tracks were cleaned, %s has %d more than one", len(m.Tracks), m.Path, len(sounds)-1)
	}
	for i, t := range m.Tracks {
		sound := src.Streams[sounds[i+1]]
		e := track{Track: t, encoder: encoderFor[ext]}
		if same := encoderOf(sound.Codec); same != "" && src.sameKind(m.Path, ext) {
			e.encoder, e.known = same, sound.BitRate
		}
		if err := checkChannels(ext, e.encoder, t.Channels); err != nil {
			return nil, err
		}
		e.rate = encoderRate(e.encoder, t.Rate)
		e.lag = lagOf(ext, e.encoder, e.rate, src.hasVideo() && videos[ext])
		tracks = append(tracks, e)
	}
	return tracks, nil
}

// input are the arguments that have ffmpeg read the track. It begins later by what its
// first packet is early, less what is cut off its beginning.
func (t track) input() []string {
	args := fromFile(t.Path)
	if early := t.lag.early - max(t.lag.late, 0); early != 0 {
		args = append([]string{"-itsoffset", fmt.Sprintf("%.6f", float64(early)/float64(t.rate))}, args...)
	}
	return args
}

// args are the arguments that encode the track as the n-th sound of the output.
func (t track) args(n int) []string {
	var filters []string
	own := t.lag.of(t.Rate, t.rate)
	switch {
	case own.late > 0:
		filters = append(filters, fmt.Sprintf("atrim=start_sample=%d", own.late))
	case own.late < 0:
		filters = append(filters, fmt.Sprintf("adelay=delays=%dS:all=1", -own.late))
	}
	if own.kept > 0 {
		filters = append(filters, fmt.Sprintf("apad=pad_len=%d", own.kept))
	}
	return soundArgs(n, t.encoder, t.known, t.Channels, t.rate, filters)
}

// frames is how many frames the encoder is given, at its rate.
func (t track) frames() int64 {
	own := t.lag.of(t.Rate, t.rate)
	return max(t.Frames-int64(own.late)+int64(own.kept), 0) * int64(t.rate) / int64(t.Rate)
}

// soundArgs are the arguments that encode the n-th sound of the output.
func soundArgs(n int, encoder, known string, channels, rate int, filters []string) []string {
	place := strconv.Itoa(n)
	args := []string{"-c:a:" + place, encoder}
	if filters = append(filters, layout(encoder, channels)...); len(filters) > 0 {
		args = append(args, "-filter:a:"+place, strings.Join(filters, ","))
	}
	args = append(args, bitRate(place, encoder, known, channels)...)
	return append(args, "-ar:a:"+place, strconv.Itoa(rate))
}
