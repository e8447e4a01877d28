#!/usr/bin/env bash
# Cleans the recordings of a manifest as an array job, a shard a task. Submit with: sbatch FILE
# A task that was stopped, by a time limit, another job or a fault of its node, is queued again
# and goes on where it was; what cannot be cleaned is in the report.
#SBATCH --job-name=stillmic
#SBATCH --array=@ARRAY@
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=@MEMORY@
#SBATCH --time=@TIME@
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@60
#SBATCH @OPTIONS@
set -u
export GOMAXPROCS=1 # one thread, as many as the task has processors
scratch=@SCRATCH@   # on the node: what waits for its loudness
export TMPDIR=$scratch

@PROGRAM@ clean --manifest @MANIFEST@ --shard "$SLURM_ARRAY_TASK_ID/@SHARDS@" --report @REPORT@ \
  --jobs 1 --scratch "$scratch" @FLAGS@ &
task=$!
trap 'kill -TERM "$task" 2>/dev/null' TERM # it ends within 10 s
wait "$task"
code=$?
while kill -0 "$task" 2>/dev/null; do # the trap ended the first wait
  wait "$task"
  code=$?
done

# 75: stopped, or a fault of the machine; 128 and more: killed. All else would come again.
if { [ "$code" -eq 75 ] || [ "$code" -ge 128 ]; } && [ "${SLURM_RESTART_COUNT:-0}" -lt 20 ]; then
  scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
fi
exit "$code"
