package ffmpeg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stillmic/stillmic/audioio/pcm"
)

// channelCounts are the numbers of channels that encoders keep apart, each in its place;
// of others ffmpeg would mix some down without a word, or exchange them (Opus, 5 and 7).
// Encoders that are not here keep all. Measured with ffmpeg 5.1: another tone in every
// channel.
var channelCounts = map[string][]int{
	"libmp3lame": {1, 2},
	"mp2":        {1, 2},
	"wmav2":      {1, 2},
	"ac3":        {1, 2, 3, 4, 5, 6},
	"eac3":       {1, 2, 3, 4, 5, 6},
	"aac":        {1, 2, 3, 4, 5, 6, 7, 8},
	"alac":       {1, 2, 3, 4, 5, 6, 7, 8},
	"libopus":    {1, 2, 3, 4, 6, 8},
	"wavpack":    {1, 2, 3, 4, 5, 6, 7, 8},
}

// layouts are what encoders are to take a number of channels for where they do not know
// what ffmpeg takes it for: 3 channels for two and a bass.
var layouts = map[string]map[int]string{
	"aac":     {3: "3.0"},
	"alac":    {3: "3.0", 7: "6.1(back)", 8: "7.1(wide)"},
	"libopus": {3: "3.0", 4: "quad"},
}

// checkChannels refuses a number of channels that an encoder does not keep.
func checkChannels(ext, encoder string, n int) error {
	counts := channelCounts[encoder]
	if len(counts) == 0 || slices.Contains(counts, n) {
		return nil
	}
	var list []string
	for _, c := range counts {
		list = append(list, fmt.Sprint(c))
	}
	return fmt.Errorf("%w: a file ending in %s has %s channels, not %d; write .wav instead", pcm.ErrBadFormat, ext,
		strings.Join(list, ", "), n)
}

// layout is the filter for a number of channels, if one is needed.
func layout(encoder string, n int) []string {
	if name := layouts[encoder][n]; name != "" {
		return []string{"channelmap=channel_layout=" + name}
	}
	return nil
}
