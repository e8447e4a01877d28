package archive

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestMerge: of several lines of a row the one that holds counts, what is gone or never begun is missing.
func TestMerge(t *testing.T) {
	p := newPlace(t, "a.wav", "b.wav", "=c.wav", "d.wav", "e.wav")
	p.write(p.in("b.wav"), "this is no recording")
	p.write(p.in("=c.wav"), "nor is <this>")
	for i := range 2 {
		if _, err := p.run(t.Context(), Shard{i, 2}); err != nil {
			t.Fatal(err)
		}
	}
	p.record("b.wav", 4800, 1)
	p.want(1, 3, 1) // of b.wav two lines, the first failed; of =c.wav two that failed
	if err := os.Remove(p.out("d.wav")); err != nil {
		t.Fatal(err)
	}
	p.write(p.manifest, p.read(p.manifest)+"f.wav\tout/f.wav\t0.2\n")

	paths, err := ExpandReports([]string{p.report})
	if err != nil || len(paths) != 3 {
		t.Fatal(paths, err)
	}
	m, err := NewMerge(paths)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Against(p.manifest); err != nil {
		t.Fatal(err)
	}
	if err := m.Verify(t.Context(), CheckSHA256); err != nil {
		t.Fatal(err)
	}
	s, err := m.Summarise(p.manifest)
	if err != nil {
		t.Fatal(err)
	}
	if hours := 3600 * s.Hours; s.Done != 3 || s.Failed != 1 || s.Missing != 2 || fmt.Sprintf("%.1f", hours) != "0.5" {
		t.Errorf("%d done, %d failed, %d missing, %.2f s", s.Done, s.Failed, s.Missing, hours)
	}
	if s.Distributions[0].Count != 3 || s.Distributions[0].Bins[0] != 3 || len(s.Slowest) != 3 || s.Slowest[0].Value > s.Slowest[2].Value {
		t.Errorf("%+v, slowest %+v", s.Distributions[0], s.Slowest)
	}

	var table, page bytes.Buffer
	if err := m.WriteTable(&table, p.manifest); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&table).ReadAll()
	if err != nil || len(rows) != 7 {
		t.Fatalf("%q, %v", rows, err)
	}
	status := map[string]string{}
	for _, r := range rows[1:] {
		status[r[1][strings.LastIndex(r[1], "/")+1:]] = r[3]
	}
	want := map[string]string{"a.wav": "done", "b.wav": "done", "=c.wav": "failed", "d.wav": "missing", "e.wav": "done", "f.wav": "missing"}
	if fmt.Sprint(status) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", status, want)
	}
	if err := s.WritePage(&page); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"<title>3 done, 1 failed, 2 missing", "<svg", "=c.wav", "not cleaned yet", "0 to 5 minutes: 3"} {
		if !strings.Contains(page.String(), text) {
			t.Errorf("the page does not say %q", text)
		}
	}
	if strings.Contains(page.String(), "http") || strings.Contains(page.String(), "<script") {
		t.Error("the page loads something")
	}
}

// TestSafeCell: a spreadsheet takes no name for a formula.
func TestSafeCell(t *testing.T) {
	for in, want := range map[string]string{"": "", "a=b": "a=b", "=cmd()": "'=cmd()", "-1": "'-1", "@x": "'@x", "+1": "'+1"} {
		if got := safeCell(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestSample(t *testing.T) {
	p := newPlace(t, "a.wav", "b.wav", "c.wav", "d.wav")
	p.record("b.wav", 48000*40, 3)
	p.write(p.in("d.wav"), "this is no recording")
	task := Task{Manifest: p.manifest, Check: CheckSHA256, Program: program, Settings: p.settings}
	folder := p.in("sample")
	page, err := Sample(t.Context(), task, 2, folder)
	if err != nil {
		t.Fatal(err)
	}
	text := p.read(page)
	for _, want := range []string{p.in("b.wav"), p.in("d.wav"), `src="01-before.wav"`, `src="01-after.wav"`, "dBFS, loudness -", "text file"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not have %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "02-after.wav") {
		t.Error("the page plays what could not be read")
	}
	for _, name := range []string{"01-before.wav", "01-after.wav"} {
		if got := lengthOf(folder + "/" + name); got != 30_000 {
			t.Errorf("%s has %d ms, want 30,000", name, got)
		}
	}
	if _, err := Sample(t.Context(), task, 2, folder); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("%v, want that the folder is not empty", err)
	}
}

func TestSlurmScript(t *testing.T) {
	s := Slurm{Program: "/opt/still mic", Manifest: "/it's/list.tsv", Report: "/r/", Shards: 8, AtOnce: 4, Memory: "256M", Time: "1:00:00",
		Options: []string{"--partition=cpu"}, Flags: []string{"--strength", "$(x)"}}
	text, err := s.Script()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"--array=0-7%4\n", "'/opt/still mic' clean --manifest '/it'\\''s/list.tsv'", "/8\" --report /r/",
		"#SBATCH --partition=cpu\n", `--strength '$(x)' &`, "${SLURM_TMPDIR:-"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	if i := strings.Index(strings.ReplaceAll(text, "TERM@60", ""), "@"); i >= 0 {
		t.Errorf("not filled in: %.20s", text[i:])
	}
	s.Options = []string{"--x\nrm"}
	if _, err := s.Script(); err == nil {
		t.Error("an option of two lines is taken")
	}
}
