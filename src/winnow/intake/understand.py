"""What the importer understood of a file before any mapping: the JSON of `winnow read`."""

from winnow.intake.profiles import Profile
from winnow.intake.suggesting import assigned, channel_of, likely_kind
from winnow.intake.tables import Table

FULLY = 5000
"""So many rows are looked at one by one; behind them every twentieth is."""
MOST_REJECTED = 100


def understand(table: Table, kind: str | None = None, each=None) -> dict:
    """Read the whole table and say what it is. `kind` overrules the guess what the rows are; `each(row)` sees them all.

    `rows` counts every row below the header, `rejected` those of them that can't be taken as they are.
    """
    profiles = [Profile(name) for name in table.columns]
    rows = rejected = 0
    shown = []
    for row in table.rows():
        rows += 1
        if row.problem:
            rejected += 1
            if len(shown) < MOST_REJECTED:
                shown.append({"line": row.line_number, "reason": row.problem, "raw": _short(row.raw)})
        elif rows <= FULLY or rows % 20 == 0:
            for profile, cell in zip(profiles, row.values, strict=True):
                profile.add(cell)
        if each is not None:
            each(row)
    kind = kind or likely_kind(profiles)
    fields = assigned(profiles, kind)
    warnings = list(table.warnings)
    columns = [_column(profile, fields.get(profile.name, ()), warnings) for profile in profiles]
    return {
        "file": table.path.name,
        "sheet": table.sheet,
        "encoding": table.encoding or None,
        "dialect": table.dialect.described() if table.dialect else None,
        "header_row": table.header_row,
        "columns": columns,
        "rows": rows,
        "rejected": rejected,
        "rejected_rows": shown,
        "suggested_as": kind,
        "warnings": warnings,
    }


def _column(profile: Profile, fields: tuple[str, ...], warnings: list[dict]) -> dict:
    kind = profile.type
    found = {
        "name": profile.name,
        "type": kind,
        "examples": profile.examples(),
        "suggested_field": fields[0] if fields else None,
        "filled": profile.filled,
        "masked": profile.kinds["masked"],
    }
    if kind == "date":
        dates = profile.date_column()
        found["formats"], found["order"] = dates.formats, dates.order
        if dates.mixed:
            text = (
                f"{profile.name}: {dates.day_first} dates can only have the day first, {dates.month_first} only the "
                f"month, {dates.ambiguous} could be either; a mapping can say the format"
            )
            warnings.append({"code": "mixed_dates", "text": text, "rows": min(dates.day_first, dates.month_first)})
        elif dates.ambiguous and not dates.day_first and not dates.month_first:
            why = f", since {dates.why}" if dates.why else ""
            text = f"{profile.name}: day and month could be either way round; read {dates.order}{why}"
            warnings.append({"code": "ambiguous_dates", "text": text, "rows": dates.ambiguous})
    elif kind == "decimal":
        found["decimal_mark"] = profile.decimal_mark()
    if "source" in fields or "channel" in fields:
        words = {word: channel_of(word) for word, _ in profile.words.most_common(50)}
        found["suggested_channels"] = {word: channel for word, channel in words.items() if channel}
    return found


def _short(raw):
    if isinstance(raw, str):
        return raw if len(raw) <= 1000 else raw[:1000] + "…"
    return [cell if len(cell) <= 200 else cell[:200] + "…" for cell in raw[:50]]
