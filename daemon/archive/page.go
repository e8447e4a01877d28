package archive

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/stillmic/stillmic/audioio/printable"
)

//go:embed report.html
var reportPage string

//go:embed sample.html
var samplePage string

var (
	reportTemplate = template.Must(template.New("report").Funcs(pageFuncs).Parse(reportPage))
	sampleTemplate = template.Must(template.New("sample").Funcs(pageFuncs).Parse(samplePage))
)

var pageFuncs = template.FuncMap{
	"text": printable.Text,
	"one":  func(x float64) string { return fmt.Sprintf("%.1f", x) },
	"two":  func(x float64) string { return fmt.Sprintf("%.2f", x) },
	"percent": func(x float64) string {
		return fmt.Sprintf("%.0f %%", 100*x)
	},
	"known": func(x *float64) string {
		if x == nil {
			return "-"
		}
		return fmt.Sprintf("%.1f", *x)
	},
}

// WritePage writes a summary as a page of its own, without scripts and without anything loaded.
func (s *Summary) WritePage(w io.Writer) error { return reportTemplate.Execute(w, s) }
