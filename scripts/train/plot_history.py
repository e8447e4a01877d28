"""The learning curve as a picture."""

from __future__ import annotations

from pathlib import Path


def draw(history: list[dict[str, float]], path: Path) -> None:
    """Writes loss and throughput over updates to path (PNG)."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    if not history:
        return
    updates = [h["updates"] for h in history]
    figure, (top, bottom) = pyplot.subplots(2, 1, sharex=True, figsize=(8, 6))
    top.plot(updates, [h["loss"] for h in history])
    top.set_ylabel("loss")
    bottom.plot(updates, [h["speed"] for h in history])
    bottom.set_ylabel("hours of audio per hour")
    bottom.set_xlabel("updates")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
