package mp4

import (
	"slices"

	"github.com/stillmic/stillmic/audioio/metadata"
)

// inUserData returns the body of the meta box within user data, if that has keys.
func inUserData(moov []box) ([]byte, error) {
	udta, err := boxes(find(moov, "udta"))
	if err != nil {
		return nil, err
	}
	meta := find(udta, "meta")
	if meta == nil {
		return nil, nil
	}
	list, err := boxes(meta[metaHead(meta):])
	if err != nil || find(list, "keys") == nil {
		return nil, err
	}
	return meta, nil
}

// userData returns the body of a udta box with what is in another; the chapters are its
// own, whose times belong to the new samples.
func userData(mine, theirs []byte) ([]byte, error) {
	own, err := boxes(mine)
	if err != nil {
		return nil, err
	}
	other, err := boxes(theirs)
	if err != nil {
		return nil, err
	}
	var b []byte
	for _, c := range other {
		switch c.kind {
		case "chpl":
			continue
		case "meta":
			if c.body, err = tags(c.body, find(own, "meta")); err != nil {
				return nil, err
			}
		}
		b = appendBox(b, c.kind, c.body)
	}
	for _, c := range own {
		if c.kind == "chpl" || c.kind == "meta" && find(other, "meta") == nil {
			b = appendBox(b, c.kind, c.body)
		}
	}
	return b, nil
}

// about are the freeform tags that are about the samples of the file they are in: how many
// of them are silence.
var about = []string{"iTunSMPB", "Encoding Params"}

// isAbout reports whether a freeform tag is about the samples: one of about, or how loud they
// are. Its name is in a box of that kind.
func isAbout(freeform []byte) bool {
	parts, err := boxes(freeform)
	if err != nil {
		return false
	}
	name := find(parts, "name")
	if len(name) < 4 { // version and flags
		return false
	}
	return slices.Contains(about, string(name[4:])) || metadata.IsStale(string(name[4:]))
}

const encoder = "\xa9too"

// tags returns the body of a meta box with iTunes' list of tags, without those about the
// samples, and with the encoder's name of another one's.
func tags(theirs, mine []byte) ([]byte, error) {
	at := metaHead(theirs)
	list, err := boxes(theirs[at:])
	if err != nil {
		return nil, err
	}
	b := slices.Clone(theirs[:at])
	for _, c := range list {
		if c.kind == "ilst" {
			if c.body, err = tagList(c.body, mine); err != nil {
				return nil, err
			}
		}
		b = appendBox(b, c.kind, c.body)
	}
	return b, nil
}

func tagList(theirs, mine []byte) ([]byte, error) {
	list, err := boxes(theirs)
	if err != nil {
		return nil, err
	}
	var b []byte
	for _, c := range list {
		stale := c.kind == "----" && isAbout(c.body)
		if c.kind != encoder && !stale {
			b = appendBox(b, c.kind, c.body)
		}
	}
	if len(mine) == 0 {
		return b, nil
	}
	own, err := boxes(mine[metaHead(mine):])
	if err != nil {
		return nil, err
	}
	if own, err = boxes(find(own, "ilst")); err != nil {
		return nil, err
	}
	if name := find(own, encoder); name != nil {
		b = appendBox(b, encoder, name)
	}
	return b, nil
}
