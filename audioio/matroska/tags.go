// Package matroska reads and writes tags of Matroska and WebM files that have several values, such as two
// artists, of which ffmpeg knows one.
package matroska

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"strings"

	"github.com/stillmic/stillmic/audioio/metadata"
)

// comments are the Vorbis comments of tags that have another name in Matroska.
var comments = map[string]string{"PART_NUMBER": "TRACKNUMBER", "LEAD_PERFORMER": "PERFORMER"}

// commentOf is the Vorbis comment of a tag's name.
func commentOf(name string) string {
	name = strings.ToUpper(name)
	if other := comments[name]; other != "" {
		return other
	}
	return name
}

// Values returns the values of those tags of the whole file that have several, by the names of Vorbis
// comments. Those of an album and of its one piece are not several of one: as for ffmpeg, the last tag counts. A
// file that is damaged has none.
func Values(path string) (several map[string][]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	all, err := allTags(f)
	if err != nil {
		return nil, fmt.Errorf("read the tags of %s: %w", path, err)
	}
	type from struct{ tags, tag int }
	several, last := map[string][]string{}, map[string]from{}
	for i, tags := range all {
		_, err := eachSimple(tags.body, func(tag, e element, name, value string) []byte {
			name = commentOf(name)
			if now := (from{i, tag.at}); last[name] != now {
				several[name], last[name] = nil, now
			}
			several[name] = append(several[name], value)
			return nil
		})
		if err != nil {
			return nil, nil //nolint:nilerr // what is wrong there its reader says
		}
	}
	maps.DeleteFunc(several, func(_ string, values []string) bool { return len(values) < 2 })
	return several, nil
}

// perValue is more than a tag needs beside its name and value.
const perValue = 32

// Room returns what another program is to write as the one value of a tag, so that SetValues has room for
// all: the values as one text, and spaces.
func Room(name string, values []string) string {
	text, need := strings.Join(values, "; "), 0
	for _, v := range values {
		need += len(name) + len(v) + perValue
	}
	return text + strings.Repeat(" ", max(need-len(text), 0))
}

// SetValues gives a file all the values that tags have of a name, where there are several, in the place of
// the one that Room has made. Nothing else in the file moves. Tags that the file lacks, or that have no room,
// stay as they are.
func SetValues(path string, tags [][2]string) (err error) {
	several := metadata.SeveralOf(tags)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("write the tags: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	all, err := allTags(f)
	if err != nil {
		return fmt.Errorf("write the tags: %w", err)
	}
	for _, tags := range all {
		changed, err := eachSimple(tags.body, func(_, e element, name, value string) []byte {
			return inPlace(e.wholeLen, name, several[commentOf(name)])
		})
		if err != nil || !changed {
			continue // it is not as ffmpeg writes it
		}
		renewCRC(tags.body)
		if _, err := f.WriteAt(tags.body, tags.at); err != nil {
			return fmt.Errorf("write the tags: %w", err)
		}
	}
	return nil
}

// inPlace makes tags of one name, as long as one tag was; nil where they have no room.
func inPlace(room int, name string, values []string) (b []byte) {
	if len(values) == 0 {
		return nil
	}
	for _, v := range values {
		simple := appendElement(nil, idTagName, []byte(name))
		b = appendElement(b, idSimpleTag, appendElement(simple, idTagString, []byte(v)))
	}
	const leastVoid = 2
	if len(b)+leastVoid > room {
		return nil
	}
	return appendVoid(b, room-len(b))
}

// eachSimple calls f with each simple tag of the whole file and the tag that it is of, and has what f returns take its
// place, nil for nothing. It reports whether something did.
func eachSimple(tags []byte, f func(tag, e element, name, value string) []byte) (changed bool, err error) {
	all, err := elements(tags)
	if err != nil {
		return false, err
	}
	for _, tag := range all {
		if tag.id != idTag {
			continue
		}
		parts, err := elements(tag.body)
		if err != nil {
			return false, err
		}
		if ofPart(parts) {
			continue
		}
		for _, e := range parts {
			if e.id != idSimpleTag {
				continue
			}
			name, value, err := simple(e.body)
			if err != nil {
				return false, err
			}
			if b := f(tag, e, name, value); b != nil {
				copy(tag.body[e.at:], b)
				changed = true
			}
		}
	}
	return changed, nil
}

// ofPart reports whether a tag speaks of a track, a chapter or the like, or has the name of a level, which ffmpeg
// puts before those of its tags.
func ofPart(tag []element) bool {
	for _, e := range tag {
		if e.id != idTargets {
			continue
		}
		targets, err := elements(e.body)
		if err != nil {
			return true
		}
		for _, t := range targets {
			switch t.id {
			case idTrackUID, idTargetType, idEdition, idChapter, idAttachment:
				return true
			}
		}
	}
	return false
}

// simple reads a name and its text.
func simple(b []byte) (name, value string, err error) {
	parts, err := elements(b)
	for _, e := range parts {
		switch e.id {
		case idTagName:
			name = strings.TrimRight(string(e.body), "\x00")
		case idTagString:
			value = strings.TrimRight(string(e.body), "\x00")
		}
	}
	return name, value, err
}

// renewCRC mends the sum of a master element's body, if it has one: first, of all that follows.
func renewCRC(b []byte) {
	const size = 4
	if parts, err := elements(b); err == nil && parts[0].id == idCRC && len(parts[0].body) == size {
		binary.LittleEndian.PutUint32(parts[0].body, crc32.ChecksumIEEE(b[parts[0].wholeLen:]))
	}
}
