package archive

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/stillmic/stillmic/configs"
)

// TestRecordsFitTheirSchema holds what runs write against configs/report.schema.json.
func TestRecordsFitTheirSchema(t *testing.T) {
	schema := compile(t)
	p := newPlace(t, "a.wav", "b.wav", "c.wav")
	p.write(p.in("b.wav"), "this is no recording")
	p.write(p.manifest, strings.ReplaceAll(strings.ReplaceAll(p.read(p.manifest), "\t0.2\n", "\t0.2\tT 7\n"), "seconds\n", "seconds\tid\n"))
	p.want(2, 0, 1)
	paths, err := Reports(p.report)
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range strings.Lines(p.read(paths[0])) {
		lines++
		if err := validate(schema, line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		// What would be wrong is found.
		for _, wrong := range []string{
			strings.Replace(line, `"status":"done"`, `"status":"failed"`, 1),
			strings.Replace(line, `"host"`, `"hosts"`, 1),
			strings.Replace(line, `"weights_sha256":"0f`, `"weights_sha256":"`, 1),
			strings.Replace(line, `"id":"T 7"`, `"id":7`, 1),
		} {
			if wrong != line && validate(schema, wrong) == nil {
				t.Errorf("taken for right: %s", wrong)
			}
		}
	}
	if lines != 3 {
		t.Errorf("%d lines", lines)
	}
	one := -23.5
	full := Record{Schema: Schema, Row: p.records()[0].Row, Status: Done, Input: "a", Output: "b", InputSHA256: strings.Repeat("a", 64),
		OutputSHA256: strings.Repeat("b", 64), InputBytes: 1, OutputBytes: 1, Seconds: 1, Rate: 48000, Channels: 1,
		Measured: Measured{&one, &one, &one, &one, new(float64)}, Warnings: []string{"x"}, Settings: map[string]string{},
		Program: program, Shard: "0/1", CPU: 1}
	b, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(schema, string(b)); err != nil {
		t.Errorf("%s: %v", b, err)
	}
}

// TestSchemaKnowsEveryField: a field that is added to Record is documented.
func TestSchemaKnowsEveryField(t *testing.T) {
	var schema struct {
		Properties map[string]struct{ Description string }
	}
	if err := json.Unmarshal(configs.ReportSchema, &schema); err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Record]()) {
		if !f.Anonymous {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			fields = append(fields, name)
			if schema.Properties[name].Description == "" {
				t.Errorf("%s is not described", name)
			}
		}
	}
	for name := range schema.Properties {
		if !slices.Contains(fields, name) {
			t.Errorf("no record has %s", name)
		}
	}
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(configs.ReportSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("report.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(s *jsonschema.Schema, line string) error {
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
	if err != nil {
		return err
	}
	return s.Validate(v)
}
