package ffmpeg

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/stillmic/stillmic/audioio/matroska"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/mp4"
)

// pictureTypes are the types of pictures, by ffprobe's names of their codecs.
var pictureTypes = map[string]string{"png": "image/png", "mjpeg": "image/jpeg", "gif": "image/gif", "bmp": "image/bmp",
	"webp": "image/webp"}

// WithCovers adds the covers of the file that m comes from, where another program has read
// that, as FLAC's blocks. It does so only for a file that is to have such. left is how many it
// leaves out as nobody can read them.
func WithCovers(m metadata.Metadata) (_ metadata.Metadata, left int, err error) {
	if !m.Some || m.Path == "" {
		return m, 0, nil
	}
	src, _, err := probe(m.Path)
	if err != nil {
		return m, 0, nil //nolint:nilerr // what is wrong there its reader says
	}
	m, err = src.withCovers(m)
	return m, src.broken(), err
}

// withCovers adds the covers that can be read.
func (m media) withCovers(meta metadata.Metadata) (metadata.Metadata, error) {
	meta.Blocks = meta.FLACBlocks()
	for i, s := range m.Streams {
		kind := pictureTypes[s.Codec]
		if !m.isCover(i) || m.isBroken(i) || kind == "" {
			continue
		}
		picture, err := cover(meta.Path, s.Index)
		if err != nil {
			return meta, err
		}
		place := metadata.OtherPicture
		if !slices.ContainsFunc(meta.Blocks, func(b metadata.FLACBlock) bool { return b.Type == metadata.BlockPicture }) {
			place = metadata.FrontCover
		}
		meta.Blocks = append(meta.Blocks, metadata.PictureBlock(place, kind, s.Tags["title"], picture))
	}
	return meta, nil
}

// cover returns a picture of a file as it is.
func cover(path string, stream int) ([]byte, error) {
	program, err := exec.LookPath("ffmpeg")
	if err != nil {
		return nil, ErrNotInstalled
	}
	args := append([]string{"-nostdin", "-v", "error"}, fromFile(path)...)
	cmd := exec.Command(program, append(args, "-map", "0:"+strconv.Itoa(stream), "-c", "copy", "-frames:v", "1", "-f",
		"image2pipe", "pipe:1")...)
	var out bytes.Buffer
	complaint := &tail{}
	cmd.Stdout, cmd.Stderr = &out, complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("read the cover: ffmpeg: %s", complaint.line(path))
	}
	return out.Bytes(), nil
}

// lostCovers counts the covers that cannot be read where another one would have a place. Where
// tags go along byte by byte they do, too.
func (e encoding) lostCovers(ext string, m metadata.Metadata) int {
	if m.Path == "" || e.betweenMP4s(ext) || e.betweenMP3s(ext) || !covers[ext] && !videos[ext] && !oggs[ext] {
		return 0
	}
	return e.src.broken()
}

// LeftOutCovers is how many covers could not be read and are not in the file.
func (w *Writer) LeftOutCovers() int { return w.lost }

// ownTags are ffmpeg's names of tags that speak of the file or its samples rather than of what
// is heard.
var ownTags = []string{"encoder", "encoder_options", "major_brand", "minor_version", "compatible_brands", "handler_name",
	"vendor_id", "creation_time", "duration", "bps", "itunsmpb", "itunnorm", "tlen", "iswmt", "language"}

func isOwnTag(name string) bool {
	return slices.Contains(ownTags, name) || strings.HasPrefix(name, "_statistics") || strings.HasPrefix(name, "number_of_")
}

// commentNames are the Vorbis comments of tags that have another name in ffmpeg.
var commentNames = map[string]string{"ALBUM_ARTIST": "ALBUMARTIST", "TRACK": "TRACKNUMBER", "DISC": "DISCNUMBER"}

// tags are the file's and the sound's, by the names of Vorbis comments.
func (m media) tags() (tags [][2]string) {
	for _, list := range []map[string]string{m.Format.Tags, m.Streams[m.audio].Tags} {
		var names []string
		for k := range list {
			names = append(names, k)
		}
		slices.Sort(names)
		for _, k := range names {
			name := strings.ToUpper(k)
			if isOwnTag(strings.ToLower(k)) {
				continue
			}
			if other := commentNames[name]; other != "" {
				name = other
			}
			if !slices.ContainsFunc(tags, func(t [2]string) bool { return t[0] == name }) {
				tags = append(tags, [2]string{name, list[k]})
			}
		}
	}
	return tags
}

// withValues returns tags, with all the values of those of an MP4 or Matroska file that have several, of which
// ffmpeg tells one.
func (m media) withValues(path string) (tags [][2]string, err error) {
	one := m.tags()
	values := mp4.Values
	switch {
	case path == "":
		return one, nil
	case strings.HasPrefix(m.Format.Name, "matroska"):
		values = matroska.Values
	case !strings.HasPrefix(m.Format.Name, "mov,mp4"):
		return one, nil
	}
	several, err := values(path)
	for _, t := range one {
		if several[t[0]] == nil {
			tags = append(tags, t)
		}
		for _, v := range several[t[0]] {
			tags = append(tags, [2]string{t[0], v})
		}
	}
	return tags, err
}
