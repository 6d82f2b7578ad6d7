"""Pictures along time: a line, a score, a spark, a day. The rules of pictures.py hold; it hands these out."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.safestring import SafeString

from winnow.web import wording
from winnow.web.svg import at, link, path, picture, placed, rect, stretched, tag, text
from winnow.web.svg import line as stroke


class Point(NamedTuple):
    """One value in a row of periods; None where nothing was recorded. `open`: the period isn't over."""

    name: str
    value: float | None
    open: bool = False


class Due(NamedTuple):
    """A moment of the day. `kind`: "answer" (tone late, soon or good) or "touch" (tone late, planned or
    made).
    """

    at: datetime
    kind: str
    tone: str
    name: str
    href: str = ""


def line(
    points: Sequence[Point],
    *,
    label: str,
    reference: tuple[float, str] | None = None,
    before: Sequence[float | None] = (),
    names: tuple[str, str] = ("", ""),
    show: Callable = wording.count,
) -> SafeString:
    """A line over periods, gold; `before` the same periods under the rules in force, dashed grey.

    `reference` is (value, words) for a thin dashed line, such as a figure often quoted. `names` label the two
    lines at their ends. The axis need not start at zero: a line shows change, a bar shows size.
    """
    seen = [p.value for p in points if p.value is not None] + [v for v in before if v is not None]
    scale = _range([*seen, *([reference[0]] if reference else [])])
    low, high, height = scale[0], scale[-1], 156

    def y(value):
        return 12 + (1 - (value - low) / (high - low)) * (height - 12)

    marks = []
    for value in scale:
        marks.append(stroke(0, y(value), "100%", y(value), "ax0" if value == low else "ax"))
        marks.append(text(-8, y(value) + 4, show(value), "lab-s", "end"))
    if reference:
        marks.append(stroke(0, y(reference[0]), "100%", y(reference[0]), "quoted"))
        marks.append(text("100%", y(reference[0]) + 13, reference[1], "lab-s", "end"))
    values = [p.value for p in points]
    plane = [tag("path", class_="curve before", d=run) for run in _runs(before, y)]
    closed = [None if p.open else p.value for p in points]
    plane += [tag("path", class_="curve", d=run) for run in _runs(closed, y)]
    for i, p in enumerate(points):
        if p.open and p.value is not None and i and values[i - 1] is not None:
            pair = [(_x(i - 1, len(points)), y(values[i - 1])), (_x(i, len(points)), y(p.value))]
            plane.append(tag("path", class_="curve open", d=path(pair)))
    marks.append(stretched(*plane, height=height + 12, view=f"0 0 1000 {height + 12}"))
    marks += _ends(values, before, names, y, show)
    if points:
        marks.append(text(0, height + 18, points[0].name, "lab-s"))
        if len(points) > 1:
            marks.append(text("100%", height + 18, points[-1].name, "lab-s", "end"))
    return picture(*marks, label=label, kind="scale", height=height + 24, linked=False)


def score_line(
    points: Sequence[tuple[float, int]],
    threshold: int | None,
    *,
    label: str,
    names: tuple[str, str] = ("", "now"),
) -> SafeString:
    """A score over time against the score asked for. `points`: (any even measure of time, milli-points).

    Give a point before and after each jump: a score jumps up with a fact and fades between facts.
    """
    top = max([value for _, value in points] + [threshold or 0, 1000]) * 1.12
    start, end = (points[0][0], points[-1][0]) if points else (0, 1)
    width = (end - start) or 1

    def y(value):
        return 6 + (1 - max(0, value) / top) * 62

    curve = [((x - start) / width * 1000, y(value)) for x, value in points]
    if len(curve) == 1:
        curve = [(0, curve[0][1]), (1000, curve[0][1])]
    marks = []
    if curve:
        plane = [
            tag("path", class_="area", d=path([*curve, (1000, 68), (curve[0][0], 68)]) + "Z"),
            tag("path", class_="curve", d=path(curve)),
        ]
        marks.append(stretched(*plane, height=84, view="0 0 1000 84"))
    last = y(points[-1][1]) if points else 68
    asked = y(threshold) if threshold is not None else None
    if asked is not None:
        marks.append(stroke(0, asked, "100%", asked, "quoted"))
        # Two labels at one height would lie on each other: push the lower one down.
        below = asked + (4 if abs(asked - last) > 13 else 15 if asked >= last else -9)
        marks.append(text("100%", below, f"asked {wording.score(threshold)}", "lab", dx=8))
    marks.append(stroke(0, 68, "100%", 68, "ax0"))
    if points:
        marks.append(tag("circle", class_="mark", cx="100%", cy=last, r=3.5))
        marks.append(text("100%", last + 4, f"{wording.score(points[-1][1])} now", "lab-b", dx=8))
    marks += [text(0, 81, names[0], "lab-s"), text("100%", 81, names[1], "lab-s", "end")]
    return picture(*marks, label=label, kind="score", height=84, linked=False)


def spark(values: Sequence[float | None], *, label: str) -> SafeString:
    """A line as high as a word, for a table cell: the shape only, from zero."""
    known = [v for v in values if v is not None]
    top = max([*known, 0]) or 1
    low = min([*known, 0])

    def y(value):
        return 2 + (1 - (value - low) / ((top - low) or 1)) * 16

    runs = _runs(values, y, width=76)
    marks = [tag("path", class_="curve", d=run) for run in runs]
    if known and values[-1] is not None:
        marks.append(tag("circle", class_="mark", cx=76 if len(values) > 1 else 0, cy=y(values[-1]), r=2.5))
    return tag("svg", *marks, class_="spark", viewBox="0 0 80 20", role="img", aria_label=label)


def day_line(
    items: Sequence[Due], now: datetime, *, label: str, opens: datetime, closes: datetime
) -> SafeString:
    """The working day with what is due: diamonds are answers, circles touches; full is over, hollow to come.

    All moments in the reader's time zone. What lies outside the day stands at its edge and says its time.
    """
    first, last = opens.timestamp(), max(closes.timestamp(), opens.timestamp() + 3600)

    def share(moment):
        return max(0.0, min(1.0, (moment.timestamp() - first) / (last - first)))

    marks = [rect(0, 44, at(share(now)), 8, "gone"), stroke(0, 52, "100%", 52, "ax0")]
    hours = range(math.ceil((last - first) / 3600) + 1)
    every = 1 if len(hours) <= 12 else 2
    for hour in hours[::every]:
        place = min(1.0, hour * 3600 / (last - first))
        marks.append(stroke(at(place), 52, at(place), 56, "ax0"))
        marks.append(text(at(place), 70, (opens.hour + hour) % 24, "lab-s", "middle"))
    stands = {}
    for item in sorted(items, key=lambda item: item.at.timestamp()):
        place = share(item.at)
        level = stands.get(item.kind, (None, 0))
        lift = level[1] + 1 if level[0] is not None and place - level[0] < 0.02 else 0
        stands[item.kind] = (place, lift % 3)
        marks.append(
            link(
                item.href,
                placed(
                    _due_mark(item), x=at(place), y=(22 if item.kind == "answer" else 44) - 6 * (lift % 3)
                ),
                label=f"{item.at:%H:%M} {item.name}",
            )
        )
    marks.append(stroke(at(share(now)), 4, at(share(now)), 58, "now-line"))
    marks.append(text(at(share(now)), 86, f"{now:%H:%M}", "lab-b", "middle"))
    return picture(*marks, label=label, kind="day-pic", height=90, linked=any(item.href for item in items))


def _due_mark(item):
    if item.kind == "answer":
        kind = {"late": "too-late", "soon": "runs-out", "good": "in-time"}[item.tone]
        diamond = tag("path", class_=f"hit {kind}", d="M0-8L5.5 0L0 8L-5.5 0Z")
        # Half full: runs out. The shape tells it apart by night, where orange and gold come close.
        return (
            diamond + tag("path", class_="runs-out-half", d="M-5.5 0L5.5 0L0 8Z")
            if item.tone == "soon"
            else diamond
        )
    kind = {"late": "too-late", "planned": "planned", "made": "made"}[item.tone]
    return tag("circle", class_=f"hit {kind}", r=4.5)


def _ends(values, before, names, y, show):
    """The last value of each line beside its end, moved apart where they would lie on each other."""
    ends = []
    if values and values[-1] is not None:
        ends.append([y(values[-1]), f"{names[1]} {show(values[-1])}".strip(), "lab-b"])
    if before and before[-1] is not None:
        ends.append([y(before[-1]), f"{names[0]} {show(before[-1])}".strip(), "lab"])
    marks = (
        [tag("circle", class_="mark", cx="100%", cy=ends[0][0], r=4)]
        if values and values[-1] is not None
        else []
    )
    if len(ends) == 2 and abs(ends[0][0] - ends[1][0]) < 14:
        middle, sign = (ends[0][0] + ends[1][0]) / 2, 1 if ends[0][0] >= ends[1][0] else -1
        ends[0][0], ends[1][0] = middle + 7 * sign, middle - 7 * sign
    return marks + [text("100%", place + 4, words, kind, dx=9) for place, words, kind in ends]


def _runs(values, y, width=1000):
    """Polylines over the values, broken where one is missing: a gap is not a zero."""
    run, runs = [], []
    for i, value in enumerate([*values, None]):
        if value is not None:
            run.append((_x(i, len(values), width), y(value)))
        elif run:
            runs.append(path(run if len(run) > 1 else [run[0], (run[0][0] + 0.01, run[0][1])]))
            run = []
    return runs


def _x(i, of, width=1000):
    return i / (of - 1) * width if of > 1 else width


def _range(values):
    """Round axis values around what is shown: three to six of them, from zero when zero is near."""
    low, high = (min(values), max(values)) if values else (0, 1)
    if low > 0 and (high - low) > low * 0.8:
        low = 0
    spread = (high - low) or abs(high) or 1
    size = 10 ** math.floor(math.log10(spread / 4))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= spread / 4 * (1 - 1e-9))
    start = math.floor(low / step) * step
    steps = max(1, math.ceil((high - start) / step - 1e-9))
    values = [start + step * i for i in range(steps + 1)]
    return [int(v) if float(v).is_integer() else round(v, 10) for v in values]
