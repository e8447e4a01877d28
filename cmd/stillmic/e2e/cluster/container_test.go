//go:build linux

package cluster

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

// nobody is the user of configs/archive/Containerfile.
const nobody = 65532

// TestContainer runs a shard as the image of configs/archive/Containerfile does: the program alone in an empty
// root, as a user without rights, without network and without any file of the system.
func TestContainer(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("another root takes root")
	}
	root := t.TempDir()
	for dir := root; dir != "/" && dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	c := &collection{T: t, folder: root}
	build := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(root, "stillmic"), "github.com/stillmic/stillmic/cmd/stillmic")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	x := c.speech(dsp.SampleRate)
	for _, name := range []string{"a.wav", "b.flac"} {
		c.write(name, x)
	}
	c.put("LIST.tsv", []byte("input\toutput\n/in/a.wav\t/cleaned/a.wav\n/in/b.flac\t/cleaned/b.flac\n"))
	if err := os.Mkdir(filepath.Join(root, "cleaned"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"in", "in/a.wav", "in/b.flac", "in/LIST.tsv", "cleaned"} {
		if err := os.Chown(filepath.Join(root, path), nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("/stillmic", "clean", "--manifest=/in/LIST.tsv", "--shard=0/1", "--report=/cleaned/reports/", "--jobs=1",
		"--scratch=/cleaned", "--loudness=-16")
	cmd.Env, cmd.Dir = []string{}, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Cloneflags: syscall.CLONE_NEWNET,
		Credential: &syscall.Credential{Uid: nobody, Gid: nobody, NoSetGroups: true}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "2 cleaned") {
		t.Fatalf("%v\n%s", err, out)
	}
	sums := c.checksums(filepath.Join(root, "cleaned"))
	if len(sums) != 3 || sums["a.wav"] == "" || sums["b.flac"] == "" {
		t.Errorf("left are %v", sums)
	}
}
