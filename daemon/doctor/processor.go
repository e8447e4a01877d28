package doctor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/priority"
)

// limitFiles is where pam_limits looks for what users may do.
var limitFiles = []string{"/etc/security/limits.conf", "/etc/security/limits.d/*.conf"}

// processor checks whether the machine gives the audio its time.
func processor(ctx context.Context, s *control.Status) []Finding {
	const check = "processor"
	if s.Scheduling == "normal" {
		err := priority.Try(ctx)
		if err != nil || s.State != control.Suspended { // then it is asked for when the microphone is opened
			found := "the audio has no priority over other programs and may stutter when they work hard"
			if err != nil {
				found += ": " + err.Error()
			}
			return []Finding{{check, Warn, found, realTimeRemedy(err)}}
		}
	}
	if s.Frames > 0 && s.MissedDeadlines*1000 > s.Frames {
		return []Finding{{check, Warn, fmt.Sprintf("%d of %d hops came too late", s.MissedDeadlines, s.Frames),
			"close what keeps the processor busy, or see what a hop costs: stillmic bench"}}
	}
	return nil
}

// realTimeRemedy says what to do about what keeps the audio from being real-time; nil is
// nothing.
func realTimeRemedy(err error) string {
	switch {
	case err == nil:
		return "the system allows it now: stop stillmic and start it again"
	case errors.Is(err, priority.ErrNotInstalled):
		return "install rtkit"
	case errors.Is(err, context.DeadlineExceeded):
		return "restart what does not answer: sudo systemctl restart rtkit-daemon; then start stillmic again"
	}
	group, granted := limitedGroup()
	switch {
	case !granted:
		return `put "@audio - rtprio 20" into /etc/security/limits.d/audio.conf and yourself into the group audio; then log in again`
	case group != "":
		return "the group " + group + " may be real-time: sudo usermod -aG " + group + " $USER; then log in again"
	}
	return "you may be real-time since your last log-in: log in again"
}

// limitedGroup reports whether pam_limits grants some group a real-time priority, and
// which group that is if the user is in none of them.
func limitedGroup() (missing string, granted bool) {
	var groups []string
	for _, pattern := range limitFiles {
		files, err := filepath.Glob(pattern)
		if err != nil {
			continue // the patterns are our own
		}
		for _, f := range files {
			groups = append(groups, realTimeGroups(f)...)
		}
	}
	if len(groups) == 0 {
		return "", false
	}
	if slices.ContainsFunc(groups, memberOf) {
		return "", true
	}
	return groups[0], true
}

// realTimeGroups returns the groups that a file of pam_limits grants a real-time priority.
func realTimeGroups(path string) (groups []string) {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close() // it was read only
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// <domain> <type> <item> <value>, see limits.conf(5)
		line, _, _ := strings.Cut(lines.Text(), "#")
		field := strings.Fields(line)
		if len(field) != 4 || !strings.HasPrefix(field[0], "@") || field[2] != "rtprio" {
			continue
		}
		if n, err := strconv.Atoi(field[3]); err == nil && n > 0 {
			groups = append(groups, field[0][1:])
		}
	}
	return groups
}

// memberOf reports whether the user is in a group.
func memberOf(group string) bool {
	g, err := user.LookupGroup(group)
	if err != nil {
		return false
	}
	u, err := user.Current()
	if err != nil {
		return false
	}
	ids, err := u.GroupIds()
	return err == nil && slices.Contains(ids, g.Gid)
}
