"""Scores and compares noise suppressors: the Python behind scripts/eval, scripts/listen and scripts/compare."""
