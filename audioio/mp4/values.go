package mp4

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/stillmic/stillmic/audioio/metadata"
)

// tagNames are the Vorbis comments of iTunes' tags of texts.
var tagNames = map[string]string{"\xa9nam": "TITLE", "\xa9ART": "ARTIST", "aART": "ALBUMARTIST", "\xa9alb": "ALBUM",
	"\xa9wrt": "COMPOSER", "\xa9gen": "GENRE", "\xa9cmt": "COMMENT", "\xa9day": "DATE", "cprt": "COPYRIGHT"}

// SetValues gives a file all the values that tags have of a name, where there are several: each is
// a data box of its own in the tag. Tags that the file lacks are not added. The file must be as
// CopyUserData wants it, else it stays as it is.
func SetValues(path string, tags [][2]string) error {
	several := metadata.SeveralOf(tags)
	x, err := readMoov(path)
	if err != nil || x.body == nil || !x.last || len(several) == 0 {
		return err
	}
	moov, err := within(x.body, []string{"udta", "meta", "ilst"}, func(list []byte) ([]byte, error) {
		return withValues(list, several)
	})
	if errors.Is(err, errMalformed) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("write the tags: %w", err)
	}
	return x.replace(path, moov)
}

// Values returns the values of those of iTunes' tags that have several, by the names of Vorbis
// comments: other programs read the first alone. A file that is damaged has none.
func Values(path string) (map[string][]string, error) {
	x, err := readMoov(path)
	if err != nil || x.body == nil {
		return nil, err
	}
	list := x.body
	for _, kind := range []string{"udta", "meta", "ilst"} {
		all, err := boxes(list)
		if err != nil {
			return nil, nil //nolint:nilerr // what is wrong there its reader says
		}
		if list = find(all, kind); kind == "meta" {
			list = list[metaHead(list):]
		}
	}
	tags, err := boxes(list)
	if err != nil {
		return nil, nil //nolint:nilerr // likewise
	}
	several := map[string][]string{}
	for _, c := range tags { // one of a name with several data boxes, or several of a name, as some programs write
		if name := tagNames[c.kind]; name != "" {
			several[name] = append(several[name], texts(c.body)...)
		}
	}
	maps.DeleteFunc(several, func(_ string, values []string) bool { return len(values) < 2 })
	return several, nil
}

// texts are those of the data boxes of a tag.
func texts(tag []byte) (values []string) {
	const head, kind, utf8 = 8, 3, 1
	data, err := boxes(tag)
	if err != nil {
		return nil
	}
	for _, d := range data {
		if d.kind == "data" && len(d.body) > head && d.body[kind] == utf8 {
			values = append(values, strings.ToValidUTF8(string(d.body[head:]), "\uFFFD"))
		}
	}
	return values
}

// within changes what lies deep within boxes, each in the one before.
func within(body []byte, path []string, change func([]byte) ([]byte, error)) ([]byte, error) {
	if len(path) == 0 {
		return change(body)
	}
	list, err := boxes(body)
	if err != nil {
		return nil, err
	}
	var b []byte
	for _, c := range list {
		if c.kind == path[0] {
			head := 0
			if c.kind == "meta" {
				head = metaHead(c.body)
			}
			inner, err := within(c.body[head:], path[1:], change)
			if err != nil {
				return nil, err
			}
			c.body = append(c.body[:head:head], inner...)
		}
		b = appendBox(b, c.kind, c.body)
	}
	return b, nil
}

// withValues returns iTunes' list of tags with several values where there are such, in the first of
// the tags of a name.
func withValues(list []byte, several map[string][]string) ([]byte, error) {
	all, err := boxes(list)
	if err != nil {
		return nil, err
	}
	var b []byte
	given := map[string]bool{}
	for _, c := range all {
		if values := several[tagNames[c.kind]]; values != nil {
			if given[c.kind] {
				continue
			}
			given[c.kind], c.body = true, nil
			for _, v := range values {
				const utf8 = "\x00\x00\x00\x01\x00\x00\x00\x00" // version, kind of data, locale
				c.body = appendBox(c.body, "data", []byte(utf8+strings.ToValidUTF8(v, "\uFFFD")))
			}
		}
		b = appendBox(b, c.kind, c.body)
	}
	return b, nil
}
