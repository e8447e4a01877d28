// Package cluster tests the cleaning of archives by engines that are there: a private SLURM,
// Spark and GNU parallel. Those that are not installed are skipped; "scripts/test --cluster"
// installs them.
package cluster
