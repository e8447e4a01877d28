//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/procfs"

	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

// moduleList lists the modules of a server by name and arguments.
func moduleList(s *soundserver.Server) ([]string, error) {
	list, err := s.Modules()
	if err != nil {
		return nil, err
	}
	names := make([]string, len(list))
	for i, m := range list {
		names[i] = m.Name + " " + m.Args
	}
	slices.Sort(names)
	return names, nil
}

// left looks for what the daemon has left behind, after its end.
func (r *report) left(s *soak, before []string) {
	// What a daemon leaves to a call goes a moment after that.
	for begin := time.Now(); len(s.left(false)) > 0 && time.Since(begin) < 5*time.Second; {
		time.Sleep(100 * time.Millisecond)
	}
	after, err := moduleList(s.server)
	if err != nil {
		r.failed = append(r.failed, err.Error())
	} else if !slices.Equal(after, before) {
		r.failed = append(r.failed, fmt.Sprintf("modules were %q, are %q", before, after))
	}
	for _, l := range append(s.leftovers, s.left(false)...) {
		r.failed = append(r.failed, "left behind: "+l)
	}
}

// left lists modules, files and processes of a daemon that has ended, but the virtual
// microphone if a call still records that, and the process that waits for the call's end.
func (s *soak) left(inCall bool) (found []string) {
	list, err := s.server.Modules()
	if err != nil {
		return []string{err.Error()}
	}
	for _, m := range list {
		if strings.Contains(m.Args, "stillmic.owner") && !inCall {
			found = append(found, "module "+m.Name+" "+m.Args)
		}
	}
	files, err := filepath.Glob(filepath.Join(s.daemon.folder(), "*"))
	if err != nil {
		found = append(found, err.Error())
	}
	for _, f := range files {
		// The lock, whose removal could let two in, and what is remembered from
		// log-in to log-out stay on purpose.
		base := filepath.Base(f)
		if base != "control.lock" && base != "session.json" && !(inCall && base == pulse.MicName+".fifo") {
			found = append(found, f)
		}
	}
	return append(found, s.processes(inCall)...)
}

// processes lists what runs in the server's folder and is neither the server
// nor this program.
func (s *soak) processes(inCall bool) (found []string) {
	own := map[int]bool{os.Getpid(): true}
	for _, pid := range s.server.Pids() {
		own[pid] = true
	}
	all, err := procfs.AllProcs()
	if err != nil {
		return []string{err.Error()}
	}
	for _, p := range all {
		env, err := p.Environ()
		if own[p.PID] || err != nil || !slices.Contains(env, "XDG_RUNTIME_DIR="+s.server.RuntimeDir) {
			continue
		}
		st, err := p.Stat()
		if err != nil || own[st.PPID] && st.PPID != os.Getpid() {
			continue // it has ended, or was started by the server
		}
		args, err := p.CmdLine()
		if err != nil || inCall && len(args) > 1 && args[1] == "release" {
			continue
		}
		found = append(found, fmt.Sprintf("process %d %s", p.PID, args))
	}
	return found
}
