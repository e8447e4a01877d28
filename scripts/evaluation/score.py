"""All metrics of one clip."""

from __future__ import annotations

from . import dnsmos
from .audio import Samples, to_metric_rate
from .metrics import estoi, high_band_distance, level_matched, pause_reduction, pesq_wideband, si_sdr, speech_cut

METRICS = (
    "pesq",
    "estoi",
    "si_sdr",
    "sig",
    "bak",
    "ovrl",
    "p808",
    "del8",
    "del8_matched",
    "lsd_hi",
    "nr",
    "clean_pesq",
)


def score(clean: Samples, noisy: Samples, output: Samples, clean_output: Samples) -> dict[str, float]:
    """Score an output, and the output for clean speech in, both without delay against the clean reference."""
    reference, heard = to_metric_rate(clean), to_metric_rate(output)
    return {
        "pesq": pesq_wideband(reference, heard),
        "estoi": estoi(reference, heard),
        "si_sdr": si_sdr(reference, heard),
        **dnsmos.score(heard),
        "del8": speech_cut(clean, noisy, output),
        "del8_matched": speech_cut(clean, noisy, level_matched(clean, output)),
        "lsd_hi": high_band_distance(clean, output),
        "nr": pause_reduction(clean, noisy, output),
        "clean_pesq": pesq_wideband(reference, to_metric_rate(clean_output)),
    }
