"""The invented company Halmwerk, which sells temperature records for cold chains: its people, campaigns, content and
definition."""

import copy
import tomllib
from pathlib import Path

import winnow.leads

PASSWORD = "winnow-demo"

USERS = [
    # address, name, role, signs for, zone
    ("ada@halmwerk.example", "Ada Novak", "admin", "", "Europe/Copenhagen"),
    ("carol@halmwerk.example", "Carol Meyer", "marketing", "marketing", "Europe/Copenhagen"),
    ("dana@halmwerk.example", "Dana Brook", "development", "", "Europe/Dublin"),
    ("rolf@halmwerk.example", "Rolf Steen", "manager", "sales", "Europe/Copenhagen"),
    ("eva@halmwerk.example", "Eva Brand", "executive", "", "Europe/Copenhagen"),
    ("sue@halmwerk.example", "Sue Lindgren", "rep", "", "Europe/Stockholm"),
    ("sam@halmwerk.example", "Sam Ortega", "rep", "", "Europe/Lisbon"),
    ("nils@halmwerk.example", "Nils Aker", "rep", "", "Europe/Oslo"),
    ("ayse@halmwerk.example", "Ayşe Demir", "rep", "", "Europe/Berlin"),
    ("tomas@halmwerk.example", "Tomas Gray", "rep", "", "Europe/London"),
]

REPS = {
    # hours to answer (median), share accepted, share of planned touches made, skill at winning, how often left open
    "sue@halmwerk.example": (0.6, 0.94, 0.97, 1.35, 0.00),
    "sam@halmwerk.example": (1.2, 0.88, 0.90, 1.10, 0.04),
    "nils@halmwerk.example": (9.0, 0.80, 0.55, 0.80, 0.30),
    "ayse@halmwerk.example": (2.5, 0.72, 0.45, 0.95, 0.15),
    "tomas@halmwerk.example": (4.0, 0.85, 0.60, 0.85, 0.35),
}

CAMPAIGNS = [
    # code, name, channel, interest, cost a month, weight among inquiries, quality (multiplies intent), content
    (
        "search",
        "Search, brand and problem",
        "search",
        "active",
        214_000,
        26,
        1.15,
        ("calculator", "checklist"),
    ),
    ("content", "Audit season content", "web", "active", 124_000, 24, 1.00, ("checklist", "audit-season")),
    ("expo", "Cold Chain Days", "event", "active", 228_000, 12, 1.10, ("webinar", "nordic-case")),
    ("referral", "Spring referral round", "referral", "active", 34_000, 6, 1.90, ("nordic-case",)),
    ("partners", "Nordic partners", "partner", "active", 110_000, 8, 1.25, ("nordic-case", "comparison")),
    ("social", "Fleet managers on social", "social", "active", 172_000, 16, 0.55, ("trends",)),
    ("webinar", "Paperless audit, monthly webinar", "web", "active", 68_000, 10, 1.10, ("webinar",)),
    ("sponsored", "Sponsored attendee lists", "purchased_list", "passive", 154_000, 0, 0.35, ()),
    ("directory", "Food directory", "purchased_list", "passive", 88_000, 0, 0.20, ()),
]

CONTENT = [
    # code, title, type, phase, persona, pain, points
    ("trends", "Five trends in cold chains", "paper", "learning", "operations", "orientation", 4),
    ("audit-season", "Audit season, calmly", "guide", "learning", "quality", "audits", 6),
    ("checklist", "The audit checklist", "checklist", "interest", "quality", "audits", 12),
    ("webinar", "Cold chain without paper", "webinar", "interest", "quality", "paper", 15),
    (
        "nordic-case",
        "How a Nordic fishery stopped losing pallets",
        "case study",
        "interest",
        "operations",
        "losses",
        14,
    ),
    ("calculator", "Savings calculator", "tool", "preference", "operations", "losses", 20),
    ("comparison", "Loggers compared, with prices", "comparison", "preference", "purchasing", "choice", 16),
    ("cost-sheet", "What it costs, on one page", "sheet", "preference", "purchasing", "budget", 12),
]

TIPS = [
    (
        "tip-fridge-door",
        "learning",
        "What an open door costs",
        "Each minute a cold-room door stands open at 30 degrees outside "
        "warms the first shelf by about half a degree. A strip curtain pays for itself in a summer.\n\n"
        "Nothing to buy from us.",
    ),
    (
        "tip-audit-week",
        "learning",
        "The week before an audit",
        "Print the last 30 days of one truck, not all of them. Auditors ask "
        "for one line they choose, and want to see that you find it.",
    ),
    (
        "tip-alarm-night",
        "interest",
        "Alarms that people believe",
        "If more than one alarm in ten is false, nobody gets up for the "
        "tenth. Two thresholds and ten minutes of patience cut most of them.",
    ),
    (
        "tip-pallet",
        "interest",
        "Where pallets warm up",
        "Most excursions that we see begin on the ramp, not on the road. A logger in "
        "the third pallet from the door tells more than one on the wall.",
    ),
    (
        "tip-price",
        "preference",
        "What to ask a supplier of loggers",
        "Ask who owns the data after the contract, what calibration costs in "
        "year two, and how an alarm reaches the night shift.",
    ),
    (
        "tip-rollout",
        "preference",
        "Rolling out in four weeks",
        "Start with one depot and the lorry that fails most. Here is the plan that others used.",
    ),
]

PRODUCTS = [
    ("chain-basic", "Chain Basic", 480_000),
    ("chain-pro", "Chain Pro", 1_450_000),
    ("depot", "Depot", 2_600_000),
]


def definition(version: int) -> dict:
    """The definition of that version: the first is lenient, the second asks for more."""
    text = (Path(winnow.leads.__file__).parent / "starter.toml").read_text()
    document = copy.deepcopy(tomllib.loads(text))
    document["fit"]["criteria"]["industry"]["any_of"] = [
        "food production",
        "food distribution",
        "pharma wholesale",
    ]
    document["fit"]["criteria"]["industry"]["says"] = (
        "food producers and distributors, pharmaceutical wholesalers"
    )
    document["fit"]["criteria"]["size"] |= {"at_least": 60, "at_most": 3000, "says": "60 to 3,000 people"}
    document["score"]["content"] |= {row[0]: row[6] for row in CONTENT}
    document["promise"]["time_zone"] = "Europe/Copenhagen"
    document["promise"]["opens"], document["promise"]["closes"] = "08:00", "17:00"
    document["key_accounts"] = ["havorn-seafood.example", "osterholt-dairy.example"]
    document["inquiry"]["competitors"] = ["coldlog-systems.example"]
    document["score"]["asked"] = 45 if version == 1 else 60
    if version == 1:
        document["lead"]["grade"] = "C"
        del document["bantfo"]["budget"]["asked"]
        document["bantfo"]["enough"]["count"] = 2
    return document
