package supervisor

import "testing"

// Audio that comes back after a fault counts, one that begins or was resting does not.
func TestRecoveriesAreCounted(t *testing.T) {
	s := newQuietSupervisor(t, newQuietServer())
	for _, step := range []struct {
		to   State
		want uint64
	}{
		{WaitingForDevice, 0}, {Running, 0}, // the start
		{Suspended, 0}, {Running, 0},
		{Degraded, 0}, {Running, 1},
		{WaitingForServer, 1}, {WaitingForDevice, 1}, {Running, 2},
	} {
		s.set(step.to, "because")
		if s.ran = s.ran || step.to == Running; s.Snapshot().Counts.Recoveries != step.want {
			t.Errorf("%s: %d, want %d", step.to, s.Snapshot().Counts.Recoveries, step.want)
		}
	}
	s.restart.count = 3
	s.publish()
	if got := s.Snapshot().Counts.Restarts; got != 3 {
		t.Errorf("%d restarts, want 3", got)
	}
}
