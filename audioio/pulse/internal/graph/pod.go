package graph

import "encoding/binary"

// Values travel as PODs: four bytes of size, four of kind, and the body, filled up to a multiple
// of eight bytes (spa/pod/pod.h).
const (
	podInt    = 4
	podString = 8
	podStruct = 14

	podHead = 8
)

var order = binary.NativeEndian

// appendPod appends a value.
func appendPod(p []byte, kind uint32, body []byte) []byte {
	p = order.AppendUint32(p, uint32(len(body)))
	p = order.AppendUint32(p, kind)
	p = append(p, body...)
	return append(p, make([]byte, -len(body)&7)...)
}

// structOf makes a struct of int32s, texts and structs.
func structOf(values ...any) []byte {
	var body []byte
	for _, v := range values {
		switch v := v.(type) {
		case int32:
			body = appendPod(body, podInt, order.AppendUint32(nil, uint32(v)))
		case string:
			body = appendPod(body, podString, append([]byte(v), 0))
		case []byte:
			body = append(body, v...) // a struct already
		}
	}
	return appendPod(nil, podStruct, body)
}

// fields reads the values of a struct one after the other. What is not there, or of another
// kind, reads as zero.
type fields []byte

// next takes the next value.
func (f *fields) next() (kind uint32, body []byte) {
	if len(*f) < podHead {
		*f = nil
		return 0, nil
	}
	size, kind := int(order.Uint32(*f)), order.Uint32((*f)[4:])
	if rest := len(*f) - podHead; size < 0 || size > rest {
		*f = nil
		return 0, nil
	}
	body = (*f)[podHead : podHead+size]
	*f = (*f)[min(podHead+(size+7)&^7, len(*f)):]
	return kind, body
}

// number reads an int, or an id.
func (f *fields) number() uint32 {
	if kind, body := f.next(); kind == podInt && len(body) >= 4 {
		return order.Uint32(body)
	}
	return 0
}

// text reads a string; one that is left out is "".
func (f *fields) text() string {
	if kind, body := f.next(); kind == podString && len(body) > 0 {
		return string(body[:len(body)-1])
	}
	return ""
}

// inner reads a struct.
func (f *fields) inner() fields {
	if kind, body := f.next(); kind == podStruct {
		return fields(body)
	}
	return nil
}

// dict reads the properties of an object.
func (f *fields) dict() map[string]string {
	in := f.inner()
	m := map[string]string{}
	for n := in.number(); n > 0 && len(in) > 0; n-- {
		key := in.text()
		m[key] = in.text()
	}
	return m
}
