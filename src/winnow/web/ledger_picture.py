"""The ledger of the stock as a picture: what came in above a line, what went out below it, and what was on hand."""

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.safestring import SafeString

from winnow.web import wording
from winnow.web.svg import at, link, path, picture, rect, stretched, tag, text, ticks
from winnow.web.svg import line as stroke

TOP, UP, DOWN = 76, 62, 48  # heights: of what is on hand, of what came in, of what went out
GAP = 30


class Step(NamedTuple):
    """One period of the ledger. The last one may still be `open`."""

    name: str
    came_in: int
    went_out: int
    closing: int
    hrefs: tuple[str, str, str] = ("", "", "")
    open: bool = False


def ledger(steps: Sequence[Step], *, label: str) -> SafeString:
    """Columns in and out on one scale, and the closing balance as a line above them on its own, both from zero."""
    held = ticks(max((one.closing for one in steps), default=0), 2)
    moved = max([1, *(one.came_in for one in steps), *(one.went_out for one in steps)])
    up = max([1, *(one.came_in for one in steps)])
    zero = 12 + TOP + GAP + UP
    part = 1 / max(len(steps), 1)
    marks = [text(0, 10, "on hand at the end", "lab-s"), text(0, 12 + TOP + GAP - 6, "in, and out below", "lab-s")]
    for value in held:
        y = _high(value, held[-1])
        marks.append(stroke(0, y, "100%", y, "ax0" if value == 0 else "ax"))
        marks.append(text("100%", y + 4, wording.count(value), "lab-s", dx=8))
    scale = min(UP / up, (UP + DOWN) / (2 * moved))
    for number, one in enumerate(steps):
        x, width, words = at((number + 0.15) * part), at(0.7 * part), one.name
        kind = "hit soft-mark" if one.open else "hit mark"
        for count, y, what, href, shape in (
            (one.came_in, zero - one.came_in * scale, "came in", one.hrefs[0], kind),
            (one.went_out, zero, "went out", one.hrefs[1], "hit chaff-mark"),
        ):
            if count:
                mark = rect(x, y, width, max(count * scale, 1.0), shape)
                marks.append(link(href, mark, label=f"{words}: {wording.count(count)} {what}"))
        every = max(1, -(-len(steps) // 8))
        if number % every == 0:
            marks.append(text(at((number + 0.5) * part), zero + DOWN + 22, words, "lab-s", "middle"))
    marks.append(stroke(0, zero, "100%", zero, "ax0"))
    points = [((number + 0.5) * part * 1000, _high(one.closing, held[-1])) for number, one in enumerate(steps)]
    if len(points) > 1:
        plane = tag("path", class_="curve", d=path(points))
        marks.append(stretched(plane, height=TOP + 14, view=f"0 0 1000 {TOP + 14}"))
    for (x, _), one in zip(points, steps, strict=True):
        strip = rect(at(x / 1000 - part / 2), 12, at(part), TOP, "hit none")
        marks.append(link(one.hrefs[2], strip, label=f"{one.name}: {wording.count(one.closing)} on hand at its end"))
    linked = any(any(one.hrefs) for one in steps)
    return picture(*marks, label=label, kind="scale ledger", height=zero + DOWN + 28, linked=linked)


def _high(value: float, top: float) -> float:
    return 12 + (1 - value / top) * TOP
