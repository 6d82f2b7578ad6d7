"""What was promised beside what came, by tenths: a picture of how far probabilities can be believed."""

from django.utils.safestring import SafeString

from winnow.web import wording
from winnow.web.svg import at, path, picture, placed, stretched, tag, text, ticks
from winnow.web.svg import line as stroke

HEIGHT = 200


def calibration(rows: list[dict]) -> SafeString:
    """Each tenth as a dot with its 95 % interval over the diagonal on which both would be the same.

    `rows` have `said`, `won`, `low`, `high` as shares, `rows` and `wins`.
    """
    top = max([row["high"] for row in rows] + [row["said"] for row in rows])
    scale = [value for value in ticks(top * 100) if value <= 100] or [0, 100]
    most = scale[-1] / 100 if scale[-1] >= top * 100 else 1.0

    def y(share):
        return 8 + (1 - share / most) * (HEIGHT - 8)

    marks = []
    for value in scale:
        marks.append(stroke(0, y(value / 100), "100%", y(value / 100), "ax0" if not value else "ax"))
        marks.append(text(-8, y(value / 100) + 4, f"{value:g} %", "lab-s", "end"))
    diagonal = tag("path", class_="curve before", d=path([(0, y(0)), (1000, y(most))]))
    marks.append(stretched(diagonal, height=HEIGHT + 8, view=f"0 0 1000 {HEIGHT + 8}"))
    for row in rows:
        x = at(row["said"] / most)
        marks.append(stroke(x, y(row["low"]), x, y(row["high"]), "whisker"))
        words = (
            f"promised {wording.percent(row['said'])}, {row['wins']} of {row['rows']} came: "
            f"{wording.percent(row['won'])}"
        )
        marks.append(placed(tag("circle", tag("title", words), class_="mark", r=4), x=x, y=y(row["won"])))
    marks.append(text(0, HEIGHT + 22, "promised", "lab-s"))
    marks.append(text("100%", HEIGHT + 22, f"{most * 100:.0f} %", "lab-s", "end"))
    worst = max(rows, key=lambda row: abs(row["said"] - row["won"]))
    label = (
        f"Promised and come, by tenths: farthest apart where {wording.percent(worst['said'])} was promised and "
        f"{wording.percent(worst['won'])} came"
    )
    return picture(*marks, label=label, kind="scale", height=HEIGHT + 28, linked=False)
