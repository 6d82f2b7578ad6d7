"""What the stock is worth: what is on hand, times how often such as it is won within a year, times what a deal brings.

The odds are the firm's own: the cumulative incidence of a win (Aalen and Johansen, 1978) from the age that a cycle has
reached in its stage, over cycles of the same stage, age and grade. Who is still open counts as open. Where little is
known, a cell leans on the one above it: grade on age, age on stage, stage on all.
"""

from dataclasses import dataclass, field

from winnow.funnel import asking
from winnow.funnel.breakdown import warning
from winnow.funnel.dimensions import COLUMNS, labels
from winnow.funnel.money import main_currency
from winnow.funnel.stock import SINCE
from winnow.leads.cycle import OPEN

AGES = ("0-7", "8-30", "31-90", "91-180", "over 180")
LEANS = 20  # so many cycles from above a cell leans on
NEWEST = 100_000  # cycles that the odds are told from
ENOUGH = 30  # ends of which fewer say too little to tell a value by
WEEKS = 52  # within which a win counts


@dataclass
class Odds:
    """How often such as these are won within WEEKS. Cells of [won, ended otherwise, still open] by week."""

    cells: dict[tuple, dict[int, list[int]]] = field(default_factory=dict)
    known: dict[tuple, tuple[float, int]] = field(default_factory=dict)

    def add(self, stage: str, age: int, grade: str | None, week: int, counts: tuple[int, int, int]) -> None:
        """So many that had reached that age in that stage were won, ended or are open so many weeks later."""
        for key in ((), (stage,), (stage, age), (stage, age, grade)):
            if len(key) < 2 and age:  # who stayed long is in the first class, too: counted once
                continue
            cell = self.cells.setdefault(key, {}).setdefault(week, [0, 0, 0])
            for place, count in enumerate(counts):
                cell[place] += count

    def sums(self, key: tuple = ()) -> tuple[int, int]:
        """How many ended in a cell, and how many of these were won."""
        cell = self.cells.get(key, {}).values()
        won = sum(counts[0] for counts in cell)
        return won + sum(counts[1] for counts in cell), won

    def of(self, stage: str, age: int, grade: str | None) -> float:
        """The share that is won, leaning on what is known more widely."""
        odds = self._incidence(())[0]
        for key in ((stage,), (stage, age), (stage, age, grade)):
            share, weight = self._incidence(key)
            odds = (share * weight + LEANS * odds) / (weight + LEANS)
        return odds

    def _incidence(self, key: tuple) -> tuple[float, int]:
        """The cumulative incidence of a win, and how many speak of it: those that ended or were seen for long."""
        if key not in self.known:
            cell = self.cells.get(key, {})
            at_risk = sum(sum(counts) for counts in cell.values())
            left, share, weight = 1.0, 0.0, 0
            for week in sorted(cell):
                won, other, still = cell[week]
                weight += won + other + (still if week >= WEEKS // 2 else 0)
                if week < WEEKS and at_risk:
                    share += left * won / at_risk
                    left *= 1 - (won + other) / at_risk
                at_risk -= won + other + still
            self.known[key] = share, weight
        return self.known[key]


def worth(asked) -> tuple[list[dict], dict, list[dict]]:
    """One row per stage, class of age and grade, or per value of an attribute, with what it is estimated to be worth.

    Money in cents. A deal of its own has its own amount; else what a won deal brought on average counts. No value is
    told while too few cycles have ended.
    """
    rows, by = asked.reading.table, asked.by
    amounts = {row["currency"]: row for row in asking.rows("won_amounts", {}, rows=rows)}
    currency = main_currency({code: int(row["won_cents"]) for code, row in amounts.items()}, {})
    mean = round(int(amounts[currency]["won_cents"]) / amounts[currency]["won"]) if currency in amounts else None
    given = {
        "at": asked.at, "open": list(OPEN), "since": list(SINCE), "newest": NEWEST, "weeks": WEEKS,
        "currency": currency,
    }  # fmt: skip
    odds = Odds()
    for row in asking.rows("stock_odds", given, rows=rows):
        odds.add(row["stage"], row["age"], row["grade"], row["week"], (row["won"], row["other"], row["open"]))
    ended, won = odds.sums()
    knows = ended >= ENOUGH and won and mean is not None
    found = asking.rows("stock_worth", given, rows=rows, value=COLUMNS.get(by, "NULL::text"))
    names = labels(by, {row["value"] for row in found}) if by in COLUMNS else {}
    told: dict[tuple, dict] = {}
    for row in found:
        key = (row["stage"], row["age"], row["grade"]) if by == "stage" else (names.get(row["value"]),)
        shown = {by: key[0]} if by in COLUMNS else {}
        if by == "stage":
            shown = {"stage": row["stage"], "days": AGES[row["age"]], "grade": row["grade"]}
        into = told.setdefault(key, {**shown, "on_hand": 0, "wins_expected": 0.0, "value_cents": 0.0})
        share = odds.of(row["stage"], row["age"], row["grade"])
        into["on_hand"] += row["on_hand"]
        into["wins_expected"] += share * row["on_hand"]
        amount = int(row["deal_cents"]) + (row["on_hand"] - row["with_deal"]) * (mean or 0)
        into["value_cents"] += share * amount
    order = {stage: number for number, stage in enumerate(OPEN)}
    ordered = sorted(told.items(), key=lambda one: (
        (order[one[0][0]], one[0][1], one[0][2] or "~") if by == "stage" else (-one[1]["value_cents"], str(one[0]))
    ))  # fmt: skip
    rows_told = [_rounded(row, knows) for _, row in ordered]
    totals = {
        "on_hand": sum(row["on_hand"] for row in rows_told), "currency": currency, "mean_won_cents": mean,
        "ended": ended, "won": won,
        "value_cents": sum(row["value_cents"] for row in rows_told) if knows else None,
        "wins_expected": round(sum(row["wins_expected"] for _, row in ordered), 1) if knows else None,
    }  # fmt: skip
    return rows_told, totals, _care(knows, ended, won, amounts, currency)


def _rounded(row: dict, knows: bool) -> dict:
    odds = row["wins_expected"] / row["on_hand"]
    if not knows:
        return row | {"wins_expected": None, "value_cents": None, "probability": None}
    return row | {
        "wins_expected": round(row["wins_expected"], 2), "value_cents": round(row["value_cents"]),
        "probability": round(odds, 4),
    }  # fmt: skip


def _care(knows: bool, ended: int, won: int, amounts: dict, currency: str) -> list[dict]:
    if not knows:
        text = f"{ended:,} cycles have ended and {won:,} were won; a value is told from {ENOUGH} ends on"
        return [warning("too_few", text, ended)]
    found = []
    if others := sorted(set(amounts) - {currency}):
        text = f"deals in {', '.join(others)} count as any other, with what a deal in {currency} brings"
        found.append(warning("mixed_currencies", text, len(others)))
    if won < ENOUGH:
        found.append(warning("too_few", f"the odds rest on {won:,} wins; take the value as a rough one", won))
    return found
