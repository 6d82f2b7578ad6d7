"""Pictures of figures as SVG made on the server. Pure: plain data in, escaped markup out, no clock, no query.

Every picture takes a whole sentence as `label`; it is what a screen reader says, so it states the finding and
not the kind of chart. Colours come from classes of tokens.css. Where a mark has an `href`, it opens its
people. A table with the same figures stands behind each picture; that table is the page's part.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.utils.safestring import SafeString, mark_safe

from winnow.web import wording
from winnow.web.curves import Due, Point, day_line, line, score_line, spark
from winnow.web.svg import at, link, path, picture, placed, rect, stretched, tag, text, ticks
from winnow.web.svg import line as stroke

__all__ = [
    "Bar", "Cohort", "Due", "Point", "Split", "Stage", "Stock", "bars", "cohort_triangle", "day_line",
    "funnel", "funnel_rows", "legend", "line", "score_line", "spark", "split", "stacked_stock", "stock_legend",
]  # fmt: skip

SLIVER = 1 / 8  # a bar under an eighth of the width gets a lens, so that what follows it can be compared
SPECK = 1 / 40  # and so does the stage before a bar that would be thinner than its own outline


class Stage(NamedTuple):
    """One stage of a funnel: how many reached it, where that number leads, where the rest went (in words)."""

    name: str
    count: int
    href: str = ""
    rest: str = ""


class FunnelRow(NamedTuple):
    """A stage ready for a table: `bar` for its cell, `through` the share of the stage before (None: the
    first).

    When `lens` isn't empty, a row `<tr class="lens">` follows with `lens_bar` and that sentence: from
    there on the bars are drawn larger.
    """

    stage: Stage
    bar: SafeString
    through: float | None
    lens: str = ""
    lens_bar: SafeString = SafeString("")


class Bar(NamedTuple):
    """One bar. `low`/`high`: the interval. `passive` hatches it. `before`: the same under the rules in force.

    `limit` is a mark to compare with, such as a capacity. None as `value`: not recorded, which is not a 0.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    href: str = ""
    passive: bool = False
    before: float | None = None
    limit: float | None = None


class Split(NamedTuple):
    """A whole in two: `kept` in gold, the rest hollow. `words` names both: ("passed", "missed")."""

    name: str
    kept: int
    rest: int
    words: tuple[str, str] = ("", "")
    href: str = ""
    rest_href: str = ""


class Cohort(NamedTuple):
    """Those who first came in one period: how many, and what became of them by period since.

    `values` is one number per period, None where nothing is known. The last `open` of them aren't over.
    """

    name: str
    size: int
    values: Sequence[float | None]
    hrefs: Sequence[str] = ()
    open: int = 1


class Stock(NamedTuple):
    """What is on hand at one stage, counted by class (of age), youngest first."""

    name: str
    counts: Sequence[int]
    hrefs: Sequence[str] = ()


def funnel(stages: Sequence[Stage], *, label: str) -> SafeString:
    """The stages as bars from zero, each under its name and number, at any width.

    The last stages of a real funnel are slivers. A bar thinner than an eighth of the width is therefore
    opened by a lens: the same number is drawn again over the full width, the factor stands in words, and
    what follows is on that scale. Within one scale every bar can be compared; between two, the lens shows
    the step.
    """
    marks, y, flow = [], 0, None
    for stage, share, through, factor in _scaled(stages):
        if flow is not None:
            marks.append(_flow(flow, share, y, 22))
        words = tag(
            "text",
            tag("tspan", stage.name, class_="lab-b"),
            tag("tspan", wording.count(stage.count), class_="lab", dx="8"),
            x="0",
            y=y + 14,
        )
        if through is not None:
            words += text("100%", y + 14, f"{wording.percent(through)} of the stage before", "lab-s", "end")
        said = f"{stage.name}: {wording.count(stage.count)}"
        said += f", {wording.percent(through)} of the stage before" if through is not None else ""
        marks.append(link(stage.href, words, _grain(share, y + 22, 18), label=said))
        y, flow = y + 40, share
        if factor:
            marks += [
                _flow(share, 1.0, y, 20),
                rect("0", y + 20, "100%", 5, "outline"),
                text("50%", y + 15, _lens(stage, factor), "lab-s", "middle"),
            ]
            y, flow = y + 26, 1.0
    return picture(*marks, label=label, kind="", height=max(y, 1), linked=any(s.href for s in stages))


def funnel_rows(stages: Sequence[Stage]) -> list[FunnelRow]:
    """The same funnel as bars for the cells of a table. They are silent: the cells beside them speak."""
    rows, above = [], None
    scaled = list(_scaled(stages))
    for index, (stage, share, through, factor) in enumerate(scaled):
        below = scaled[index + 1][1] if index + 1 < len(scaled) else None
        bar = _cell(
            _trapezoid(above, share, 0, 10, whole=False) if above is not None else "",
            _trapezoid(share, below, 34, 44) if below is not None and not factor else "",
            rect(0, 10, max(share * 1000, 2.0), 24, "mark") if share else rect(0, 10, 0.01, 24, "empty-mark"),
        )
        lens = (
            _cell(_trapezoid(share, 1.0, 0, 32), rect(0, 32, 1000, 12, "outline"))
            if factor
            else SafeString("")
        )
        rows.append(FunnelRow(stage, bar, through, _lens(stage, factor) if factor else "", lens))
        above = 1.0 if factor else share
    return rows


def bars(rows: Sequence[Bar], *, label: str, show: Callable = wording.count) -> SafeString:
    """Horizontal bars from zero with their intervals, named left and figured right. `show` writes a value.

    An interval much wider than the longest bar runs off the scale: it ends in an arrow, its label tells
    where.
    """
    known = [v for row in rows for v in (row.value, row.before, row.limit) if v is not None]
    longest = max([*known, 0])
    scale = ticks(min(max([longest, *(row.high for row in rows if row.high is not None)]), longest * 1.25))
    top, step = scale[-1], 36 if any(row.before is not None for row in rows) else 28
    bottom = step * len(rows) + 4
    marks = []
    for number, value in enumerate(scale):
        place, words = at(value / top), show(value)
        marks.append(stroke(place, 0, place, bottom, "ax0" if value == 0 else "ax"))
        # A phone has room for every second amount, but for every short number.
        spare = " every-other" if number % 2 and len(words) > 2 else ""
        marks.append(text(place, bottom + 15, words, "lab-s" + spare, "middle"))
    marks += [_bar(row, index * step, step, top, show) for index, row in enumerate(rows)]
    return picture(
        *marks, label=label, kind=_names(rows), height=bottom + 20, linked=any(row.href for row in rows)
    )


def split(rows: Sequence[Split], *, label: str) -> SafeString:
    """Wholes in two parts, all rows on one scale: passed and missed, kept back and passed on."""
    top, marks = max([row.kept + row.rest for row in rows] or [0]) or 1, []
    for index, row in enumerate(rows):
        y, kept = index * 30 + 2, row.kept / top
        marks.append(text(-10, y + 16, wording.clipped(row.name, 18), "lab", "end"))
        for share, start, number, word, href, kind, ink in (
            (kept, 0.0, row.kept, row.words[0], row.href, "mark hit", "on-mark"),
            (row.rest / top, kept, row.rest, row.words[1], row.rest_href, "chaff-mark hit", "lab"),
        ):
            if number:
                inside = wording.count(number) + (f" {word}" if share > 0.3 else "")
                marks.append(
                    link(
                        href,
                        rect(at(start), y, at(share), 23, kind),
                        text(at(start), y + 16, inside, ink, dx=7),
                        label=f"{row.name}: {wording.count(number)} {word}".strip(),
                    )
                )
    linked = any(row.href or row.rest_href for row in rows)
    return picture(*marks, label=label, kind=_names(rows) + " whole", height=len(rows) * 30, linked=linked)


def cohort_triangle(
    rows: Sequence[Cohort], *, label: str, show: Callable = "{:.1f}".format, first: str = "", size: str = ""
) -> SafeString:
    """Cohorts in rows, periods since in columns, darker for more. What isn't over is hatched.

    `first` and `size` head the columns of names and sizes. A real grid: its frame has to scroll sideways.
    """
    columns = max([len(row.values) for row in rows] or [0])
    most = max([v for row in rows for v in row.values if v is not None] or [0])
    marks = [text(0, 18, first, "lab-s"), text(120, 18, size, "lab-s", "end")]
    marks += [text(147 + 38 * i, 18, i, "lab-s", "middle") for i in range(columns)]
    for line_number, row in enumerate(rows):
        y = 28 + 26 * line_number
        marks += [
            text(0, y + 16, wording.clipped(row.name, 12), "lab"),
            text(120, y + 16, wording.count(row.size), "lab", "end"),
        ]
        for i, value in enumerate(row.values):
            if value is not None:
                is_open = i >= len(row.values) - row.open
                marks.append(_cohort_cell(row, i, value, is_open, most, 128 + 38 * i, y, show))
    width, height = 130 + 38 * columns, 32 + 26 * len(rows)
    return picture(
        *marks,
        label=label,
        kind="drawn",
        height=height,
        width=width,
        view=f"0 0 {width} {height}",
        linked=any(href for row in rows for href in row.hrefs),
    )


def stacked_stock(rows: Sequence[Stock], classes: Sequence[str], *, label: str) -> SafeString:
    """What is on hand, a bar of 100 % per stage cut into its classes, with the number on hand at its end."""
    marks = []
    for index, row in enumerate(rows):
        y, total, done = index * 34 + 4, sum(row.counts), 0
        marks.append(text(-10, y + 17, wording.clipped(row.name, 18), "lab", "end"))
        marks.append(text("100%", y + 17, wording.count(total), "lab-b", dx=10))
        if not total:
            marks += [rect(0, y, "100%", 26, "chaff-mark"), text(8, y + 17, "none on hand", "lab-s")]
        for i, number in enumerate(row.counts):
            if number:
                share, shown = number / total, wording.count(number)
                step = _seq(i, len(classes))
                middle = text(
                    at((done + number / 2) / total),
                    y + 17,
                    shown,
                    f"lab t-{'low' if step < 4 else 'high'}",
                    "middle",
                )
                marks.append(
                    link(
                        row.hrefs[i] if i < len(row.hrefs) else "",
                        rect(at(done / total), y, at(share), 26, f"hit q{step} cut"),
                        middle if share > 0.035 * len(shown) else "",
                        label=f"{row.name}, {classes[i]}: {shown}",
                    )
                )
            done += number
    linked = any(href for row in rows for href in row.hrefs)
    return picture(*marks, label=label, kind=_names(rows), height=len(rows) * 34, linked=linked)


def legend(entries: Sequence[tuple[str, str]]) -> SafeString:
    """Swatches with words, for textures and steps: [("q1", "0 to 7 days"), ("hatch", "not over")]."""
    return tag(
        "p", *(mark_safe(tag("span", _swatch(kind), words)) for kind, words in entries), class_="legend"
    )


def stock_legend(classes: Sequence[str]) -> SafeString:
    return legend([(f"q{_seq(i, len(classes))}", words) for i, words in enumerate(classes)])


def _scaled(stages):
    """(stage, its share of the scale it is drawn on, of the stage before, factor of the lens after it or
    None).
    """
    counts = [max(0, stage.count) for stage in stages]
    highest = [max(counts[i:]) for i in range(len(counts))] + [0]  # imported wins may outnumber the leads
    top = highest[0]
    for i, stage in enumerate(stages):
        share = counts[i] / top if top else 0.0
        through = counts[i] / counts[i - 1] if i and counts[i - 1] else None
        factor = None
        if i + 1 < len(stages) and 0 < highest[i] < top and counts[i] == highest[i]:
            speck = highest[i + 1] < top * SPECK
            if highest[i + 1] and (highest[i] < top * SLIVER or speck):
                factor, top = top / highest[i], highest[i]
        yield stage, share, through, factor


def _lens(stage, factor):
    times = f"{factor:.1f}" if factor < 10 else f"{factor:,.0f}"
    return f"the same {wording.count(stage.count)}, drawn {times} times larger from here"


def _grain(share, y, height):
    """A gold bar. The smallest is still to be seen, and none is a bare edge."""
    if not share:
        return stroke("0", y, "0", y + height, "ax0")
    return rect("0", y, at(share) if share > 0.003 else 2, height, "mark hit")


def _flow(above, below, y, height):
    return stretched(_trapezoid(above, below, 0, 100), y=y, height=height, view="0 0 1000 100")


def _trapezoid(above, below, y1, y2, whole=True):
    """The stream between two bars; `whole` narrows it from one to the other, else it only arrives."""
    start, end = (above if whole else below) * 1000, below * 1000
    shape = path([(0, y1), (start, y1), (end, y2), (0, y2)])
    return tag("path", class_="soft-mark", d=shape + "Z")


def _cell(*inside):
    return tag("svg", *inside, viewBox="0 0 1000 44", preserveAspectRatio="none", aria_hidden="true")


def _bar(row, y, step, top, show):
    middle = y + (step / 2 if row.before is None else step - 12) + 2
    name = text(-10, middle + 4, wording.clipped(row.name, 18), "lab", "end")
    if row.value is None:
        return link(
            row.href, name, text(6, middle + 4, "not recorded", "lab-s"), label=f"{row.name}: not recorded"
        )
    said, marks, end = f"{row.name}: {show(row.value)}", [name], row.value
    half = 9.5 if row.before is None else 6
    fill = {"fill": "url(#hatch)"} if row.passive else {}
    marks.append(
        rect(
            0,
            middle - half,
            at(row.value / top),
            half * 2,
            "hit hatched" if row.passive else "hit mark",
            **fill,
        )
    )
    if row.before is not None:
        marks.append(rect(0, middle - half - 11, at(row.before / top), 9, "before-mark"))
        marks.append(text(at(row.before / top), middle - half - 3, show(row.before), "lab-s", dx=5))
        said += f", before {show(row.before)}"
    if row.low is not None and row.high is not None:
        low, high, off = row.low / top, min(row.high / top, 1.0), row.high > top
        marks.append(stroke(at(low), middle, at(high), middle, "whisker"))
        marks.append(stroke(at(low), middle - 4, at(low), middle + 4, "whisker"))
        cap = "M-5-4L0 0L-5 4" if off else "M0-4V4"
        marks.append(placed(tag("path", class_="whisker", d=cap), x=at(high), y=middle))
        end = max(end, min(row.high, top))
        said += f", interval {show(row.low)} to {show(row.high)}"
    if row.limit is not None:
        if row.value < row.limit < row.value + top * 0.15:
            end = max(end, row.limit)  # else the figure would lie on the mark
        marks.append(
            stroke(at(row.limit / top), middle - step / 2 - 3, at(row.limit / top), middle + 8, "whisker")
        )
        said += f", limit {show(row.limit)}"
    marks.append(text(at(end / top), middle + 4, show(row.value), "lab-b", dx=8))
    return link(row.href, *marks, label=said)


def _cohort_cell(row, i, value, is_open, most, x, y, show):
    step = min(6, int(value / most * 6) + 1) if most else 1
    fill = {"fill": "url(#hatch)"} if is_open else {}
    ink = "lab over-hatch" if is_open else f"lab t-{'low' if step < 4 else 'high'}"
    said = f"{row.name}, {i} after: {show(value)}" + (", not over" if is_open else "")
    return link(
        row.hrefs[i] if i < len(row.hrefs) else "",
        rect(x, y, 36, 24, "hit" if is_open else f"hit q{step}", **fill),
        text(x + 18, y + 16, show(value), ink, "middle"),
        label=said,
    )


def _names(rows):
    return "names few" if all(len(row.name) <= 8 for row in rows) else "names"


def _seq(i, of):
    """Spread classes over the six steps, so that three classes still differ at a glance."""
    return i + 1 if of > 3 else 1 + i * 2


def _swatch(kind):
    look = {"fill": "url(#hatch)"} if kind == "hatch" else {"class_": kind}
    return tag("svg", tag("rect", width="14", height="10", **look), viewBox="0 0 14 10", aria_hidden="true")
