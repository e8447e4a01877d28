package service

import (
	"encoding/binary"
	"encoding/xml"
	"strings"
	"unicode/utf16"

	"github.com/stillmic/stillmic/configs"
)

// taskXML is the logon task of Windows for a program and a user.
func taskXML(exe, user string) string {
	return strings.NewReplacer("{{Path}}", escape(exe), "{{User}}", escape(user)).Replace(configs.Task)
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return b.String()
}

// utf16File is a text as Windows' programs read it: little endian, with a mark.
func utf16File(text string) []byte {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}
