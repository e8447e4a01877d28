"""Cleans the recordings of a manifest with Spark, which deals the rows to its executors.

    spark-submit spark.py MANIFEST REPORTS [FLAGS OF "stillmic clean"...]

Each partition is piped through a process of stillmic, which is on every executor, in a folder of the driver's
PATH. The folder REPORTS, like the recordings and the manifest, lies where all executors reach it; a partition
that Spark starts again goes on where it was. What cannot be cleaned is in the reports and fails no partition.
"""

import itertools
import os
import shlex
import sys
from collections.abc import Iterable, Iterator

from pyspark.sql import SparkSession

ROWS_PER_PARTITION = 100


def main(manifest: str, reports: str, flags: list[str]) -> None:
    """Cleans all rows and prints how many records were made."""
    spark = SparkSession.builder.appName("stillmic").getOrCreate()
    lines = spark.sparkContext.textFile(manifest)
    header = lines.first()
    rows = lines.filter(lambda line: line != header)
    partitions = max(1, rows.count() // ROWS_PER_PARTITION, spark.sparkContext.defaultParallelism)

    def with_header(part: Iterable[str]) -> Iterator[str]:
        return itertools.chain([header], part)

    command = ["stillmic", "clean", "--manifest", "-", "--report", reports, "--jobs", "1", "--json", *flags]
    # 1: some recordings could not be cleaned. Any other code makes Spark try the partition again.
    script = f"{shlex.join(command)}; code=$?; [ $code -eq 1 ] || exit $code"
    path = {"PATH": os.environ["PATH"]}  # Spark hands on no environment
    parts = rows.repartition(partitions).mapPartitions(with_header)
    records = parts.pipe(shlex.join(["sh", "-c", script]), env=path, checkCode=True)
    print(f"{records.count()} records")
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
