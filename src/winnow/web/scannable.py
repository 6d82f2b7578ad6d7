"""An address as a picture that a tablet's camera reads: a QR code, drawn as one path."""

import segno
from django.utils.safestring import SafeString

from winnow.web.svg import tag

QUIET = 4  # modules of margin that readers ask for


def scannable(text: str, *, label: str) -> SafeString:
    """The QR code of a text; dark on light whatever the theme, or cameras would not read it."""
    rows = segno.make(text, error="m", micro=False).matrix
    side = len(rows) + 2 * QUIET
    path = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, module in enumerate(row) if module
    )
    return tag(
        "svg", tag("path", d=path), class_="scannable", viewBox=f"0 0 {side} {side}", role="img", aria_label=label
    )
