"""The few strokes that pictures are drawn with: escaped text, checked links, percent geometry, round axes.

Most pictures have no viewBox: marks stand at percentages and text at its own size, so that a chart as wide as
a phone keeps letters that can be read, and nothing is drawn by a script.
"""

import math
from collections.abc import Iterable

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe


def tag(name, *inside, **attributes):
    """One element. Attributes: `class_` for class, `_` for `-`; None leaves one out. Everything is escaped."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    body = "".join(conditional_escape(part) for part in _flat(inside))
    return mark_safe(f"<{name}{written}>{body}</{name}>" if body else f"<{name}{written}/>")


def picture(*inside, label, kind, height, linked, width="100%", view=None):
    """The whole picture. A linked one is a group whose marks speak for themselves, else it is an image."""
    if not str(label).strip():
        raise ValueError("A picture needs a sentence as its label; a reader who can't see it has only that.")
    return tag(
        "svg",
        *inside,
        class_=f"pic {kind}".strip(),
        width=width,
        height=height,
        viewBox=view,
        role="group" if linked else "img",
        aria_label=label,
    )


def link(href, *inside, label=None):
    """The marks inside a link, or bare without `href`. Only paths of this site: no picture leads outside."""
    if not href:
        return tag("g", tag("title", label) if label else "", *inside)
    if not str(href).startswith(("/", "?", "#")) or str(href).startswith("//"):
        raise ValueError(f"{href!r} is no path of this site; a mark in a picture links by path, query or #.")
    # The title is its name and its tooltip. No aria-label: that would leave out what is written on the mark.
    return tag("a", tag("title", label) if label else "", *inside, href=href)


def text(x, y, words, kind="lab", anchor=None, **more):
    return tag("text", str(words), class_=kind, x=x, y=y, text_anchor=anchor, **more)


def line(x1, y1, x2, y2, kind, **more):
    return tag("line", class_=kind, x1=x1, y1=y1, x2=x2, y2=y2, **more)


def rect(x, y, width, height, kind, **more):
    return tag("rect", class_=kind, x=x, y=y, width=width, height=height, **more)


def stretched(*inside, y=0, height="100%", view="0 0 1000 1000"):
    """A plane of 1000 x 1000 that fills its place whatever the shape. Lines keep their width; text has no
    place.
    """
    frame = {"viewBox": view, "preserveAspectRatio": "none", "aria_hidden": "true"}
    return tag("svg", *inside, x="0", y=y, width="100%", height=height, **frame)


def placed(*inside, x, y):
    """A mark of fixed size at a percentage of the width."""
    return tag("svg", *inside, x=x, y=y, overflow="visible", aria_hidden="true")


def at(share):
    """A share of the width as a percentage. Never beyond the edges, never an exponent."""
    return f"{_number(max(0.0, min(1.0, share)) * 100)}%"


def path(points):
    """A polyline over (x, y) pairs."""
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)


def ticks(top, most=5):
    """Round axis values from 0 to at least `top`: 3975 -> [0, 1000, 2000, 3000, 4000]."""
    if not top or top <= 0 or not math.isfinite(top):
        return [0, 1]
    raw = top / most
    size = 10 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw * (1 - 1e-9))
    values = [step * i for i in range(math.ceil(top / step - 1e-9) + 1)]
    return [int(v) if float(v).is_integer() else round(v, 10) for v in values]


def _number(value):
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"


def _value(value):
    return conditional_escape(_number(value) if isinstance(value, float) else value)


def _flat(parts: Iterable):
    for part in parts:
        if isinstance(part, str | SafeString):
            yield part
        elif part is not None:
            yield from _flat(part)
