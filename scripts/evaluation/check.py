"""Requirements and how they are shown: what was measured, what must be reached, by how much it is met or missed."""

from __future__ import annotations

import math
from dataclasses import dataclass

ROUNDING = 1e-9  # of a margin: rounding may cost a billionth

HEADINGS = ("figure", "measured", "mark", "result", "by", "next mark", "goal")


@dataclass(frozen=True)
class Row:
    """One requirement: margin is how far on the right side the figure is, None where it could not be measured."""

    what: str
    measured: str
    needed: str
    margin: float | None
    aim: str = ""
    then: str = ""  # the mark after that

    @property
    def passed(self) -> bool:
        """Whether the figure is known and on the right side."""
        return self.margin is not None and self.margin >= -ROUNDING

    def cells(self) -> list[str]:
        """The row as text, in the order of HEADINGS."""
        result = "not known" if self.margin is None else ("pass" if self.passed else "MISS")
        by = "" if self.margin is None else f"{self.margin:+.3g}"
        return [self.what, self.measured, self.needed, result, by, self.then, self.aim]


def at_least(what: str, value: float, bound: float, digits: int, aim: float | None, then: float | None = None) -> Row:
    """A figure that must not be below a bound."""
    return _row(what, value, ">=", bound, value - bound, digits, aim, then)


def at_most(what: str, value: float, bound: float, digits: int, aim: float | None, then: float | None = None) -> Row:
    """A figure that must not be above a bound."""
    return _row(what, value, "<=", bound, bound - value, digits, aim, then)


def _row(
    what: str, value: float, sign: str, bound: float, margin: float, digits: int, aim: float | None, then: float | None
) -> Row:
    known = not (math.isnan(value) or math.isnan(bound))
    return Row(
        what,
        _text(value, digits) if known else "",
        f"{sign} {bound:.{digits}f}",
        margin if known else None,
        _text(aim, digits),
        _text(then, digits),
    )


def _text(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def text(rows: list[Row]) -> str:
    """The rows as a table, and how many of them are met."""
    lines = [list(HEADINGS), *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    shown = []
    for line in lines:
        first, *others = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        shown.append("  ".join([first, *(cell.strip().rjust(len(cell)) for cell in others)]).rstrip())
    passed = sum(row.passed for row in rows)
    return "\n".join([*shown, "", f"{passed} of {len(rows)} met"])
