//go:build linux

package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestEngines: SLURM, GNU parallel and Spark, those that are there, make the same results of the same archive
// as one process, byte for byte.
func TestEngines(t *testing.T) {
	_, noParallel := exec.LookPath("parallel")
	spark := os.Getenv("STILLMIC_PYSPARK") // a Python with pyspark
	noSlurm := slurmIsHere()
	if noSlurm != nil && noParallel != nil && spark == "" {
		t.Skipf("neither SLURM (%v) nor GNU parallel nor Spark (STILLMIC_PYSPARK, a Python with pyspark) is there", noSlurm)
	}
	whole := newCollection(t)
	want := whole.reference()
	t.Run("slurm", func(t *testing.T) {
		if noSlurm != nil {
			t.Skip(noSlurm)
		}
		c := &collection{t, whole.program, whole.folder}
		c.slurm(want)
	})
	t.Run("parallel", func(t *testing.T) {
		if noParallel != nil {
			t.Skip(noParallel)
		}
		c := &collection{t, whole.program, whole.folder}
		list, out, reports := c.manifest("parallel")
		cmd := exec.Command("bash", "-c", fmt.Sprintf("parallel %s clean --manifest %s --shard {}/8 --jobs 1 --report %s ::: {0..7}",
			c.program, list, reports))
		text, err := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code < 1 || code > damaged { // how many jobs failed
			t.Fatalf("%v\n%s", err, text)
		}
		c.wantSame(list, out, reports, want, 0)
	})
	t.Run("spark", func(t *testing.T) {
		if spark == "" {
			t.Skip("STILLMIC_PYSPARK is not set to a Python with pyspark")
		}
		c := &collection{t, whole.program, whole.folder}
		list, out, reports := c.manifest("spark")
		c.spark(spark, list, reports)
		c.wantSame(list, out, reports, want, 0)
	})
}

// spark runs the example on a cluster of two workers, each a process of its own.
func (c *collection) spark(python, list, reports string) {
	c.Helper()
	home, err := exec.Command(python, "-c", "import pyspark, os; print(os.path.dirname(pyspark.__file__))").Output()
	if err != nil {
		c.Fatal(err)
	}
	example, err := filepath.Abs("../../../../configs/archive/spark.py")
	if err != nil {
		c.Fatal(err)
	}
	dir := strings.TrimSpace(string(home))
	cmd := exec.CommandContext(c.Context(), filepath.Join(dir, "bin", "spark-submit"), "--master", "local-cluster[2,1,1024]",
		"--conf", "spark.executor.memory=512m", "--conf", "spark.ui.enabled=false", example, list, reports)
	cmd.Dir = c.folder // it leaves a folder "work"
	cmd.Env = append(os.Environ(), "SPARK_HOME="+dir, "PYSPARK_PYTHON="+python, "PYSPARK_DRIVER_PYTHON="+python,
		"SPARK_LOCAL_IP=127.0.0.1", "PATH="+filepath.Dir(c.program)+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), fmt.Sprintf("\n%d records\n", recordings)) {
		c.Errorf("the example did not say that it made %d records:\n%s", recordings, out)
	}
}
