"""Standard metrics of one clip against its clean reference, both at 16 kHz."""

from __future__ import annotations

import math

import numpy as np
import pesq as pesq_package
import pystoi

from .audio import METRIC_RATE, Samples, from_db

PESQ_WORST = 1.04  # P.862.2 maps the lowest raw score, -0.5, to 0.999 + 4 / (1 + exp(1.3669 * 0.5 + 3.8224))
SI_SDR_SILENCE_DB = -50.0  # for an output without any of the reference, so that means stay finite
SI_SDR_ROUNDING_DB = 120  # beyond this, only the rounding of 24-bit samples is left


def pesq_wideband(reference: Samples, output: Samples) -> float:
    """Perceptual quality, 1.04 to 4.64 (ITU-T P.862.2, 16 kHz).

    Worst where nothing of the speech is left to be found in the output, NaN where the reference holds no speech.
    """
    if (score := _pesq(reference, output)) > 0:
        return score
    return PESQ_WORST if _pesq(reference, reference) > 0 else math.nan


def _pesq(reference: Samples, output: Samples) -> float:
    """PESQ as the package scores it; negative where it finds no utterance or gets silence alone."""
    if not reference.any():
        return -1.0
    errors = pesq_package.PesqError.RETURN_VALUES
    score = float(pesq_package.pesq(METRIC_RATE, reference, output, "wb", on_error=errors))
    return -1.0 if math.isnan(score) else score


def estoi(reference: Samples, output: Samples) -> float:
    """Extended short-time objective intelligibility, 0 to 1 (Jensen & Taal 2016)."""
    return float(pystoi.stoi(reference, output, METRIC_RATE, extended=True))


def si_sdr(reference: Samples, output: Samples) -> float:
    """Scale-invariant signal-to-distortion ratio in dB (Le Roux et al. 2019, equation 4).

    The reference is scaled to its projection on the output; what remains is distortion. Infinite for a scaled
    copy, and where only rounding is left; never below -50.
    """
    clean = reference.astype(np.float64)
    heard = output.astype(np.float64)
    target = clean * (heard @ clean) / (clean @ clean)
    distortion = heard - target
    kept, lost = float(target @ target), float(distortion @ distortion)
    if kept <= lost * from_db(SI_SDR_SILENCE_DB):
        return SI_SDR_SILENCE_DB
    if lost < kept * from_db(-SI_SDR_ROUNDING_DB):
        return math.inf
    return 10 * math.log10(kept / lost)
