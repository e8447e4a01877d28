package main

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// Where an AppImage of type 2 has its mark, in what the ELF identification leaves free:
// https://github.com/AppImage/AppImageSpec/blob/master/draft.md.
const (
	imageMark   = "AI\x02"
	imageMarkAt = 8
)

// isImage reports whether a program is an AppImage.
func isImage(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	b := make([]byte, len(imageMark))
	n, _ := f.ReadAt(b, imageMarkAt) // a shorter file is none
	return string(b[:n]) == imageMark
}

// clicked reports whether this is an AppImage that was started by a click rather than in a terminal.
func clicked() bool {
	exe, err := os.Executable()
	return err == nil && isImage(exe) && !term.IsTerminal(int(os.Stdin.Fd())) && !term.IsTerminal(int(os.Stdout.Fd()))
}

// Where an AppImage puts what is in its image, and the options for those who look into one that are the same for all:
// https://docs.appimage.org/user-guide/run-appimages.html.
const (
	imageFolder  = "squashfs-root"
	imageOptions = "--appimage-"
	imageExtract = imageOptions + "extract"
	imageOffset  = imageOptions + "offset"
)

// errNoImageOption refuses what other AppImages do by mounting their image: this one mounts nothing.
var errNoImageOption = errors.New("this AppImage mounts nothing: use " + imageExtract + " [PATTERN] or " + imageOffset)

// isImageOption reports whether a command line asks this AppImage for what all of them answer.
func isImageOption(args []string) bool {
	if len(args) == 0 || !strings.HasPrefix(args[0], imageOptions) {
		return false
	}
	exe, err := os.Executable()
	return err == nil && isImage(exe)
}

// answerImage does what the first argument asks of this AppImage. Its path goes to another program, for which
// /proc/self/exe would be that program.
func answerImage(ctx context.Context, args []string, stdout io.Writer) error {
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the AppImage: %w", err)
	}
	at, err := imageBegin(exe)
	switch {
	case err != nil:
		return fmt.Errorf("find the image of the AppImage: %w", err)
	case args[0] == imageOffset:
		_, err := fmt.Fprintln(stdout, at)
		return err
	case args[0] == imageExtract:
		return extractImage(ctx, exe, at, args[1:], stdout)
	}
	return usageError{errNoImageOption}
}

// imageBegin returns where the image of an AppImage begins, as its readers count: where the table of the ELF file's
// sections ends, or the last section, whichever is later.
func imageBegin(exe string) (int64, error) {
	f, err := os.Open(exe)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	program, err := elf.NewFile(f)
	if err != nil {
		return 0, err
	}
	head := make([]byte, 64) // of an ELF file for 64 bits: the table's place at 40, an entry's size at 58
	if _, err := f.ReadAt(head, 0); err != nil {
		return 0, err
	}
	end := int64(program.ByteOrder.Uint64(head[40:])) + int64(len(program.Sections))*int64(program.ByteOrder.Uint16(head[58:]))
	if n := len(program.Sections); n > 0 {
		last := program.Sections[n-1]
		end = max(end, int64(last.Offset+last.FileSize))
	}
	return end, nil
}

// extractImage writes what is in the image, or what fits the patterns, into a folder of the current one.
func extractImage(ctx context.Context, exe string, at int64, patterns []string, stdout io.Writer) error {
	unsquashfs, err := exec.LookPath("unsquashfs")
	if err != nil {
		return fmt.Errorf("%s needs unsquashfs: install squashfs-tools", imageExtract)
	}
	if _, err := os.Lstat(imageFolder); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already: remove it, or go to another folder", imageFolder)
	}
	args := []string{"-quiet", "-no-progress", "-offset", strconv.FormatInt(at, 10), "-dest", imageFolder, exe}
	args = append(args, patterns...)
	if out, err := exec.CommandContext(ctx, unsquashfs, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("unsquashfs: %w: %s", err, strings.TrimSpace(string(out)))
	}
	_, err = fmt.Fprintln(stdout, imageFolder)
	return err
}
