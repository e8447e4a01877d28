//go:build linux

package cluster

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shards is how many tasks the array job has.
const shards = 8

// slurmConfig is a cluster of this machine alone. A job that is queued again waits for as long as
// credentials last: 5 s rather than two minutes.
const slurmConfig = `ClusterName=private
SlurmctldHost=%[1]s(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=%[2]s/munge/socket,cred_expire=5
SlurmctldPort=%[3]d
SlurmdPort=%[4]d
StateSaveLocation=%[2]s/state
SlurmdSpoolDir=%[2]s/spool
SlurmctldPidFile=%[2]s/ctld.pid
SlurmdPidFile=%[2]s/d.pid
SlurmctldLogFile=%[2]s/ctld.log
SlurmdLogFile=%[2]s/d.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobRequeue=1
KillWait=20
SchedulerParameters=sched_interval=2,sched_min_interval=100000,bf_interval=2
AccountingStorageType=accounting_storage/none
NodeName=%[1]s NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000 State=UNKNOWN
PartitionName=p Nodes=%[1]s Default=YES MaxTime=INFINITE State=UP
`

// slurm is a private SLURM.
type slurm struct {
	*testing.T
	dir    string
	slurmd *process
}

// process is a program that runs.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// start starts a program that the test ends: what is started last is ended first.
func (s *slurm) start(name string, args ...string) *process {
	s.Helper()
	p := &process{exec.Command(name, args...), make(chan struct{})}
	var out bytes.Buffer
	p.cmd.Stdout, p.cmd.Stderr = &out, &out
	p.cmd.WaitDelay = time.Second // tasks go on without slurmd, with its output
	if err := p.cmd.Start(); err != nil {
		s.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // it was killed
	}()
	s.Cleanup(func() {
		p.end(syscall.SIGTERM)
		if s.Failed() {
			s.Logf("%s said: %s", name, out.String())
		}
	})
	return p
}

// end ends a program.
func (p *process) end(sig syscall.Signal) {
	_ = p.cmd.Process.Signal(sig) // it may have ended
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// slurmIsHere returns why no private SLURM can be started, nil if it can.
func slurmIsHere() error {
	for _, name := range []string{"munged", "slurmctld", "slurmd", "sbatch"} {
		if _, err := exec.LookPath(name); err != nil {
			return err
		}
	}
	if os.Getuid() != 0 {
		return errors.New("a private SLURM takes root")
	}
	return nil
}

// startSlurm starts munged, slurmctld and slurmd.
func startSlurm(t *testing.T) *slurm {
	t.Helper()
	dir, err := os.MkdirTemp("", "sl") // short: sockets have names of 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	s := &slurm{T: t, dir: dir}
	t.Cleanup(func() { os.RemoveAll(dir) })
	key := make([]byte, 1024)
	_, err = rand.Read(key)
	munge := filepath.Join(dir, "munge")
	err = errors.Join(err, os.Mkdir(munge, 0o700), os.WriteFile(filepath.Join(munge, "key"), key, 0o400),
		os.Mkdir(filepath.Join(dir, "state"), 0o700), os.Mkdir(filepath.Join(dir, "spool"), 0o700))
	host, wrong := os.Hostname()
	host, _, _ = strings.Cut(host, ".")
	config := fmt.Sprintf(slurmConfig, host, dir, freePort(t), freePort(t))
	if err := errors.Join(err, wrong, os.WriteFile(s.config(), []byte(config), 0o600)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SLURM_CONF", s.config())
	at := func(name string) string { return filepath.Join(munge, name) }
	s.start("munged", "--foreground", "--force", "--key-file="+at("key"), "--socket="+at("socket"), "--pid-file="+at("pid"),
		"--seed-file="+at("seed"), "--log-file="+at("log"))
	s.until("munged listens", 30*time.Second, func() bool { _, err := os.Stat(at("socket")); return err == nil })
	s.start("slurmctld", "-D", "-f", s.config())
	s.startSlurmd()
	s.until("the node is idle", time.Minute, func() bool { return strings.Contains(s.ask("sinfo", "-h", "-o", "%T"), "idle") })
	return s
}

func (s *slurm) config() string { return filepath.Join(s.dir, "slurm.conf") }

func (s *slurm) startSlurmd() { s.slurmd = s.start("slurmd", "-D", "-f", s.config()) }

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// ask runs a command of SLURM, "" if it fails.
func (s *slurm) ask(name string, args ...string) string {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// until waits for something.
func (s *slurm) until(what string, patience time.Duration, is func() bool) {
	s.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			s.Fatalf("after %v it is not so that %s\n%s\n%s", patience, what, s.ask("squeue", "-a"), s.ask("sinfo"))
		}
	}
}

// tasks returns the process ids of the program's tasks over a manifest.
func tasks(list string) (pids []int) {
	paths, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range paths {
		line, err := os.ReadFile(path) // it may have ended
		args := strings.Split(string(line), "\x00")
		if err == nil && len(args) > 3 && args[1] == "clean" && args[3] == list {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// slurm runs an array job of 8 shards, of which one task is killed, slurmd is killed and started again, and a
// task is queued again by hand. Every good recording is done once, and as in one process.
func (c *collection) slurm(want map[string]string) {
	c.Helper()
	t, s := c.T, startSlurm(c.T)
	list, out, reports := c.manifest("slurm")
	script := c.run(0, "manifest", "slurm", list, "--shards", strconv.Itoa(shards), "--report", reports, "--mem", "500M",
		"--option", "--output="+filepath.Join(s.dir, "task-%a.log"))
	path := filepath.Join(s.dir, "job.sh")
	if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	job := s.ask("sbatch", "--parsable", path)
	if job == "" {
		t.Fatal("sbatch failed")
	}
	t.Cleanup(func() {
		s.ask("scancel", "--full", job)
		for _, pid := range tasks(list) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	lines := func(n int) func() bool { return func() bool { return len(c.records(reports)) >= n } }

	s.until("10 recordings are done", 2*time.Minute, lines(10))
	s.until("a task runs", time.Minute, func() bool { return len(tasks(list)) > 0 })
	killed := tasks(list)[0]
	if err := syscall.Kill(killed, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	t.Logf("%.0f s: task with process %d killed after %d recordings", time.Since(began).Seconds(), killed, len(c.records(reports)))

	s.until("more are done", 2*time.Minute, lines(len(c.records(reports))+20))
	s.slurmd.end(syscall.SIGKILL)
	t.Logf("%.0f s: slurmd killed after %d recordings", time.Since(began).Seconds(), len(c.records(reports)))
	time.Sleep(2 * time.Second)
	s.startSlurmd()

	s.until("a task runs", time.Minute, func() bool { return s.ask("squeue", "-h", "-t", "R", "-o", "%i") != "" })
	again := strings.Fields(s.ask("squeue", "-h", "-t", "R", "-o", "%i"))[0]
	requeued := s.ask("scontrol", "requeue", again)
	t.Logf("%.0f s: task %s queued again after %d recordings%s", time.Since(began).Seconds(), again, len(c.records(reports)), requeued)

	s.until("the job has ended", 8*time.Minute, func() bool {
		return s.ask("squeue", "-h", "-j", job, "-t", "PD,R,CG,CF", "-o", "%i") == "" && len(tasks(list)) == 0
	})
	t.Logf("%.0f s: all tasks have ended", time.Since(began).Seconds())
	c.wantSame(list, out, reports, want, 3) // as many as were killed
	if t.Failed() {
		logs, _ := filepath.Glob(filepath.Join(s.dir, "task-*.log"))
		for _, path := range logs {
			text, _ := os.ReadFile(path)
			t.Logf("%s:\n%s", path, text)
		}
	}
}
