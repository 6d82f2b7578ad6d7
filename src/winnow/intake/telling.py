"""What an import has to say besides its sums: warnings as {code, text, rows}."""

TEXTS = {
    "claimed_history": (
        "row claims to have been known at its own date; figures as of a past day rest on that",
        "rows claim to have been known at their own dates; figures as of a past day rest on that",
    ),
    "masked_key": (
        "row has a crossed-out address or number; it is kept and identifies nobody",
        "rows have a crossed-out address or number; they are kept and identify nobody",
    ),
    "key_of_another": (
        "row has a number that somebody else's row has, too; both are kept. Say in the mapping whose numbers they are "
        "(`system`)",
        "rows have numbers that other people's rows have, too; all are kept. Say in the mapping whose numbers they are "
        "(`system`)",
    ),
    "duplicate_rows": ("row stands in the file more than once", "rows stand in the file more than once"),
    "won_before_contact": (
        "row was closed before the first contact of its inquiry; it is loaded as it is",
        "rows were closed before the first contact of their inquiry; they are loaded as they are",
    ),
    "impossible_dates": (
        "row was closed before it was engaged; it is loaded as it is",
        "rows were closed before they were engaged; they are loaded as they are",
    ),
}
"""Of one row, and of several."""
MOST_DETAILS = 25
DOMINATES = 0.5


def warnings_of(notes: dict, largest: dict, about_file: list[dict]) -> list[dict]:
    """All warnings of an import. `notes` counts rows under "code" or "code|detail"; `largest` is the largest amount."""
    found = [dict(warning) for warning in about_file]
    plain = {key: rows for key, rows in notes.items() if "|" not in key}
    for code, rows in sorted(plain.items()):
        found.append({"code": code, "text": _text(code, rows), "rows": rows})
    detailed = sorted(((rows, key) for key, rows in notes.items() if "|" in key), reverse=True)
    for rows, key in detailed[:MOST_DETAILS]:
        code, _, detail = key.partition("|")
        found.append({"code": code, "text": detail, "rows": rows})
    if rest := detailed[MOST_DETAILS:]:
        rows = sum(rows for rows, _ in rest)
        found.append({"code": "unknown_value", "text": f"and {len(rest)} other values", "rows": rows})
    if largest.get("rows", 0) > 2 and largest["most"] > DOMINATES * largest["sum"]:
        share = 100 * largest["most"] / largest["sum"]
        text = (
            f"line {largest['line']}: {largest['most'] / 100:,.2f} {largest['currency']} is {share:.0f} % of all "
            f"{largest['rows']:,} amounts together; sums and averages say little without looking at it"
        )
        found.append({"code": "outlier_dominates", "text": text, "rows": 1})
    return found


def _text(code: str, rows: int) -> str:
    plain = code.replace("_", " ")
    one, several = TEXTS.get(code, (f"row: {plain}", f"rows: {plain}"))
    return f"{rows:,} {one if rows == 1 else several}"
