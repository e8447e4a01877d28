package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// kubernetesJob is what of the Indexed Job has to agree with the program.
type kubernetesJob struct {
	Kind string
	Spec struct {
		CompletionMode           string `yaml:"completionMode"`
		Completions, Parallelism int
		PodFailurePolicy         struct {
			Rules []struct {
				Action      string
				OnExitCodes struct{ Values []int } `yaml:"onExitCodes"`
			}
		} `yaml:"podFailurePolicy"`
		Template struct {
			Spec struct {
				TerminationGracePeriodSeconds int `yaml:"terminationGracePeriodSeconds"`
				SecurityContext               struct {
					RunAsNonRoot bool `yaml:"runAsNonRoot"`
				} `yaml:"securityContext"`
				Containers []struct{ Args []string }
			}
		}
	}
}

// TestKubernetesJob holds configs/archive/kubernetes.yaml against the program: its flags are known, its
// shards are as many as its completions, and its exit codes are those that mean another try.
// "scripts/test --cluster" holds it against the schema of the API.
func TestKubernetesJob(t *testing.T) {
	text, err := os.ReadFile("../../configs/archive/kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var job kubernetesJob
	if err := yaml.NewDecoder(strings.NewReader(string(text))).Decode(&job); err != nil {
		t.Fatal(err)
	}
	spec, pod := job.Spec, job.Spec.Template.Spec
	if job.Kind != "Job" || len(pod.Containers) != 1 || !pod.SecurityContext.RunAsNonRoot {
		t.Fatalf("%+v", job)
	}
	actions := map[int]string{}
	for _, r := range spec.PodFailurePolicy.Rules {
		for _, code := range r.OnExitCodes.Values {
			actions[code] = r.Action
		}
	}
	if want := map[int]string{exitFailed: "FailIndex", exitUsage: "FailIndex", exitAgain: "Ignore"}; fmt.Sprint(actions) != fmt.Sprint(want) {
		t.Errorf("exit codes %v, want %v", actions, want)
	}
	if pod.TerminationGracePeriodSeconds <= int(lastMoment.Seconds()) {
		t.Errorf("it is killed after %d s, ends within %v", pod.TerminationGracePeriodSeconds, lastMoment)
	}
	args := pod.Containers[0].Args
	shards := fmt.Sprintf("--shard=$(SHARD)/%d", spec.Completions)
	if spec.Completions != spec.Parallelism || !strings.Contains(strings.Join(args, " "), shards) {
		t.Errorf("%d completions, %d at a time, arguments %q", spec.Completions, spec.Parallelism, args)
	}
	cmd, rest, err := newRoot(new(bool)).Find(args)
	if err != nil || cmd.Name() != "clean" {
		t.Fatalf("%v, %v", cmd, err)
	}
	for i := range rest {
		rest[i] = strings.ReplaceAll(rest[i], "$(SHARD)", "7")
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Error(err)
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		t.Error(err)
	}
}
