"""The invented company Halmwerk, which sells temperature records for cold chains: its people, campaigns, content and
definition."""

import copy
import tomllib
from dataclasses import dataclass
from pathlib import Path

import winnow.leads

DOMAIN = "halmwerk.example"
PASSWORD = "winnow-demo"

USERS = [
    # address, name, role, signs for, zone
    (f"ada@{DOMAIN}", "Ada Novak", "admin", "", "Europe/Copenhagen"),
    (f"carol@{DOMAIN}", "Carol Meyer", "marketing", "marketing", "Europe/Copenhagen"),
    (f"dana@{DOMAIN}", "Dana Brook", "development", "", "Europe/Dublin"),
    (f"rolf@{DOMAIN}", "Rolf Steen", "manager", "sales", "Europe/Copenhagen"),
    (f"eva@{DOMAIN}", "Eva Brand", "executive", "", "Europe/Copenhagen"),
    (f"sue@{DOMAIN}", "Sue Lindgren", "rep", "", "Europe/Stockholm"),
    (f"sam@{DOMAIN}", "Sam Ortega", "rep", "", "Europe/Lisbon"),
    (f"nils@{DOMAIN}", "Nils Aker", "rep", "", "Europe/Oslo"),
    (f"ayse@{DOMAIN}", "Ayşe Demir", "rep", "", "Europe/Berlin"),
    (f"tomas@{DOMAIN}", "Tomas Gray", "rep", "", "Europe/London"),
]


@dataclass(frozen=True)
class Style:
    """How a rep works: `minutes` of working time until an answer (median), the share of leads accepted, of touches
    made when they are due, the skill at winning, how often something is left lying, and whether stages are moved for
    the quota."""

    minutes: int
    accepts: float
    makes: float
    skill: float
    leaves: float
    games: bool = False


REPS = {
    f"sue@{DOMAIN}": Style(17, 0.97, 0.98, 1.35, 0.0),
    f"sam@{DOMAIN}": Style(24, 0.93, 0.95, 1.15, 0.02),
    f"nils@{DOMAIN}": Style(210, 0.85, 0.55, 0.75, 0.35),
    f"ayse@{DOMAIN}": Style(40, 0.92, 0.86, 0.9, 0.12, games=True),
    f"tomas@{DOMAIN}": Style(55, 0.88, 0.85, 0.9, 0.10),
}
LEFT = f"tomas@{DOMAIN}"
LEFT_DAYS = 150


@dataclass(frozen=True)
class Plan:
    """One campaign: what it costs a month, its weight among the inquiries, the share of passive interest in them, from
    and until which day of the story it runs, and what content it offers."""

    code: str
    name: str
    channel: str
    interest: str
    cost_cents: int
    weight: int
    passive: float
    content: tuple[str, ...] = ()
    offer: str = ""
    segment: str = ""
    goal_inquiries: int | None = None
    goal_leads: int | None = None
    first_month: int = 0
    last_month: int | None = None


CAMPAIGNS = [
    Plan("search", "Search, brand and problem", "search", "active", 214_000, 26, 0.0, ("calculator", "checklist"),
         "Savings calculator", "Food producers, 60 people and more", 260, 60),
    Plan("content", "Audit season content", "web", "active", 124_000, 24, 0.05, ("checklist", "audit-season"),
         "The audit checklist", "Quality managers", 240, 50),
    Plan("expo", "Cold Chain Days", "event", "active", 228_000, 12, 0.35, ("webinar", "nordic-case"),
         "Talk at the stand, measured ramp", "Nordics", 120, 25),
    Plan("referral", "Spring referral round", "referral", "active", 34_000, 7, 0.0, ("nordic-case", "cost-sheet"),
         "A lunch for both", "Customers' neighbours", 50, 20),
    Plan("partners", "Nordic partners", "partner", "active", 110_000, 9, 0.15, ("nordic-case", "comparison"),
         "Joint visit", "Denmark, Norway, Sweden", 90, 30),
    Plan("social", "Fleet managers on social", "social", "active", 172_000, 15, 0.6, ("trends",),
         "Five trends in cold chains", "Fleet managers", 150, 12),
    Plan("webinar", "Paperless audit, monthly webinar", "web", "active", 68_000, 10, 0.1, ("webinar",),
         "Cold chain without paper", "Quality managers", 120, 24, 4),
    Plan("sponsored", "Sponsored attendee lists", "purchased_list", "passive", 154_000, 0, 1.0, (),
         "", "Visitors of two fairs", 250, 5, 2),
    Plan("directory", "Food directory", "purchased_list", "passive", 88_000, 0, 1.0, (),
         "", "All of food production", 120, 3, 1, 14),
]  # fmt: skip
SOURCES = {
    "search": "search", "content": "web content", "expo": "fairs", "referral": "referral", "partners": "partners",
    "social": "social networks", "webinar": "webinar",
}  # fmt: skip
RUNNING = [row for row in CAMPAIGNS if row.weight]
PLANNED = Plan("vaccines", "Vaccine season", "direct_mail", "active", 0, 0, 0.0, ("comparison",),
               "A logger in a box", "Pharmaceutical wholesalers", 60, 12)  # fmt: skip

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
    # code, phase, subject, body, content that it leads to
    ("tip-fridge-door", "learning", "What an open door costs",
     "Each minute a cold-room door stands open at 30 degrees outside warms the first shelf by about half a degree. A "
     "strip curtain pays for itself in a summer.\n\nNothing to buy from us.", "trends"),
    ("tip-audit-week", "learning", "The week before an audit",
     "Print the last 30 days of one truck, not all of them. Auditors ask for one line they choose, and want to see "
     "that you find it.", "audit-season"),
    ("tip-calibration", "learning", "A logger that lies by one degree",
     "Put it in melting ice for ten minutes: it should say nought. Half of those we test in the first visit don't.",
     "checklist"),
    ("tip-alarm-night", "interest", "Alarms that people believe",
     "If more than one alarm in ten is false, nobody gets up for the tenth. Two thresholds and ten minutes of patience "
     "cut most of them.", "webinar"),
    ("tip-pallet", "interest", "Where pallets warm up",
     "Most excursions that we see begin on the ramp, not on the road. A logger in the third pallet from the door tells "
     "more than one on the wall.", "nordic-case"),
    ("tip-hired-trailers", "interest", "Hired trailers, whose record is it?",
     "Ask for the file before the trailer leaves your yard, {first_name|dear reader}: afterwards it costs a day and a "
     "lawyer.", "nordic-case"),
    ("tip-price", "preference", "What to ask a supplier of loggers",
     "Ask who owns the data after the contract, what calibration costs in year two, and how an alarm reaches the night "
     "shift.", "comparison"),
    ("tip-board", "preference", "A page for your board",
     "Boards ask three things: what it costs, what it saves, and what happens if nothing is done. Here they are for a "
     "firm like {company|yours}, with the figures left blank.", "cost-sheet"),
    ("tip-rollout", "preference", "Rolling out in four weeks",
     "Start with one depot and the lorry that fails most. Here is the plan that others used.", "calculator"),
]  # fmt: skip
MORNING = [
    # who is given the lead (nobody: it stays ready), how long before the end, and need, budget, authority, timing
    ("sue", 41, ("yes", "partly", "partly", "yes")), ("sam", 48, ("yes", "yes", "yes", "partly")),
    ("nils", 95, ("yes", "partly", "yes", "partly")), ("", 0, ("yes", "yes", "partly", "partly")),
    ("sam", 22, ("yes", "partly", "unknown", "yes")), ("sue", 9, ("yes", "yes", "partly", "yes")),
    ("", 0, ("yes", "unknown", "partly", "yes")), ("ayse", 17, ("yes", "partly", "yes", "yes")),
    ("", 0, ("yes", "partly", "yes", "partly")), ("", 0, ("yes", "unknown", "yes", "partly")),
]  # fmt: skip
LETTERS = [
    # the tips of the programme in which somebody looks at each mail first
    ("letter-regulation", "interest", "{first_name|Good day}, one change in the rules for you",
     "From spring on a retailer may ask for the record of each pallet, not of each lorry. I marked the two pages that "
     "matter for {company|your firm}.", "audit-season"),
    ("letter-visit", "preference", "Shall we measure your ramp?",
     "We measure one ramp for a day and leave you the curve, whatever comes of it. Answer with a week that suits you.",
     "nordic-case"),
]  # fmt: skip

KEY_ACCOUNTS = [
    # name, domain, industry, people
    ("Havorn Seafood", "havorn-seafood.example", "food production", 640),
    ("Osterholt Dairy", "osterholt-dairy.example", "food production", 1200),
]
LISTS = [
    # whose, name, and the filter as it stands in the page's address
    ("carol", "Ready or nearly", "readiness=one"),
    ("carol", "Grade A, active", "grade=A&interest=active"),
]
CHECKLIST_FORM = {
    "intro": "Twelve points that an auditor looks at first, on two pages. Where may we send it?",
    "fields": [
        {"name": "first_name", "label": "First name", "required": False},
        {"name": "last_name", "label": "Last name", "required": True},
        {"name": "email", "label": "E-mail address", "required": True},
        {"name": "company", "label": "Company", "required": True},
        {"name": "answers.audit", "label": "When is your next audit?", "required": False,
         "choices": [{"value": "soon", "label": "within three months"}, {"value": "year", "label": "this year"},
                     {"value": "later", "label": "later, or none is planned"}]},
    ],
    "consent_text": "You may send me short, helpful mails about this. I can stop them at any time.",
    "thanks": "It is on its way to you.",
}  # fmt: skip

PRODUCTS = [
    ("chain-basic", "Chain Basic", 480_000),
    ("chain-pro", "Chain Pro", 1_450_000),
    ("depot", "Depot", 2_600_000),
]


def definition(version: int) -> dict:
    """The definition of that version: the first is lenient, the second asks for more, the third is a draft."""
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
    document["score"]["asked"] = {1: 45, 2: 50, 3: 55}[version]
    if version == 1:
        document["lead"]["grade"] = "C"
        del document["bantfo"]["budget"]["asked"]
        document["bantfo"]["enough"]["count"] = 2
    if version > 1:  # shown on the account's page, and asked of nobody yet
        document["account"] = {"roles": {
            "decider": {"seniority": ["executive", "vp"], "says": "who signs"},
            "owner_of_the_problem": {"department": ["operations", "purchasing"], "says": "whose loggers fail"},
        }}  # fmt: skip
    if version == 3:
        stories = (Path(winnow.leads.__file__).parent / "scenarios.toml").read_text()
        document |= tomllib.loads(stories.replace("industry software", "industry food_distribution"))
        document["score"]["page"]["careers"] = -15
        document["bantfo"]["timing"]["expires_days"] = 90
    return document
