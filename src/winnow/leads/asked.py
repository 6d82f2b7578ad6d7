"""The people behind a filter, a page at a time. Every query is bounded, whatever is asked for."""

from dataclasses import dataclass

from django.db import connection

from winnow.leads import axes, matrix, rights
from winnow.leads.bench import GROUPS, PAGE, WAITING, WINDOW, keyset
from winnow.leads.clock import now
from winnow.leads.cycle import STAGES
from winnow.leads.person import Person
from winnow.leads.standing import PersonStanding
from winnow.policy.facts import INTERESTS, ITEMS, LEVELS


@dataclass(frozen=True)
class Asked:
    """A filter over people. Empty fields ask nothing."""

    group: str = ""
    stage: str = ""
    grade: str = ""
    interest: str = ""
    item: str = ""
    level: str = ""
    owner: int | None = None
    campaign: int | None = None
    country: str = ""
    band: int | None = None
    after: str = ""


@dataclass
class Found:
    """One page of a list. `looked` is how many were looked through when that was less than all."""

    people: list
    after: str = ""
    looked: int | None = None


_CANDIDATES = {
    "visible": "SELECT p.id FROM leads_person p WHERE p.id = ANY(%(visible)s)",
    "campaign": "SELECT DISTINCT i.person_id FROM leads_inquiry i WHERE i.campaign_id = %(campaign)s LIMIT %(window)s",
    "owner": "SELECT p.id FROM leads_person p WHERE p.owner_id = %(owner)s LIMIT %(window)s",
    "stage": """SELECT c.person_id FROM leads_cycle c WHERE c.stage = ANY(%(stages)s)
                ORDER BY c.stage_at DESC LIMIT %(window)s""",
    "standing": """SELECT s.person_id FROM leads_personstanding s WHERE {group} AND {after}
                   ORDER BY s.order_key DESC NULLS LAST, s.person_id LIMIT %(window)s""",
    "field": """SELECT s.person_id FROM leads_personstanding s WHERE {field}
                ORDER BY {until} DESC NULLS LAST LIMIT %(window)s""",
    "enough": "SELECT unnest(%(them)s::bigint[])",
    "anybody": "SELECT p.id FROM leads_person p WHERE {later} ORDER BY p.id DESC LIMIT %(window)s",
}


def people_asked_for(user, asked: Asked, page: int = PAGE) -> Found:
    """The people that somebody may see and asked for, most promising first.

    Looks at no more than WINDOW of them, beginning with the narrowest thing asked for.
    """
    if not rights.role_of(user):
        return Found([])
    values: dict = {"window": WINDOW, "page": page + 1}
    where, source = _conditions(asked, values)
    if not rights.sees_all(user):
        values["visible"] = list(rights.people_visible_to(user).values_list("pk", flat=True)[:WINDOW])
        source = "visible"
    judged = source != "anybody"
    after, more = keyset(asked.after, "p.id") if judged else ([], {})
    values |= more
    walking = source == "standing"
    if walking and len(where) == (asked.group in GROUPS):
        values["window"] = 4 * page  # nothing but the order is asked for
    inner = _CANDIDATES[source].format(
        group=GROUPS.get(asked.group, ("", "true"))[1],
        after="(" + " OR ".join(keyset(asked.after, "s.person_id")[0] or ["true"]) + ")",
        until={1: "s.enough_until", 2: "s.halfway_until"}.get(asked.band, "s.quarter_until"),
        field=f"s.grade = ANY(%(grades)s) AND {matrix.BAND} = %(band)s",
        later="p.id < %(before)s" if asked.after.isdigit() else "true",
    )
    if asked.after.isdigit():
        values["before"] = min(int(asked.after), 2**62)
    if after and not walking:
        where.append("(" + " OR ".join(after) + ")")
    order = "s.order_key DESC NULLS LAST, p.id" if judged else "p.id DESC"
    where += ["p.merged_into_id IS NULL", "p.voided_at IS NULL"]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT p.id, s.order_key FROM ({inner}) w(id) JOIN leads_person p ON p.id = w.id
                LEFT JOIN leads_personstanding s ON s.person_id = p.id
                WHERE {' AND '.join(where)} ORDER BY {order} LIMIT %(page)s""",
            values,
        )
        rows = cursor.fetchall()
    found = Found([])
    if len(rows) > page:
        rows = rows[:page]
        key = "" if rows[-1][1] is None else repr(rows[-1][1])
        found.after = f"{key}:{rows[-1][0]}" if judged else str(rows[-1][0])
    people = Person.objects.select_related("account", "owner", "standing").in_bulk([row[0] for row in rows])
    found.people = [people[row[0]] for row in rows if row[0] in people]
    if walking and len(rows) < page and len(where) > 2:
        found.looked = WINDOW
    return found


def _conditions(asked: Asked, values: dict) -> tuple[list[str], str]:
    """The conditions, and what to begin with: the narrowest of what was asked for."""
    where, source = [], ""
    if asked.stage in (*STAGES, "waiting"):
        values["stages"] = list(WAITING) if asked.stage == "waiting" else [asked.stage]
        where.append("EXISTS (SELECT 1 FROM leads_cycle c WHERE c.person_id = p.id AND c.stage = ANY(%(stages)s))")
        source = "stage"
    if asked.owner is not None:
        values["owner"] = asked.owner
        where.append("p.owner_id = %(owner)s")
        source = "owner"
    if asked.campaign is not None:
        values["campaign"] = asked.campaign
        where.append("EXISTS (SELECT 1 FROM leads_inquiry i WHERE i.person_id = p.id AND i.campaign_id = %(campaign)s)")
        source = "campaign"
    if asked.group in GROUPS:
        where.append(GROUPS[asked.group][1])
    if asked.grade in tuple("ABCD"):
        values["grade"] = asked.grade
        where.append("s.grade = %(grade)s")
    if asked.band == 1:
        values["them"] = matrix.enough_now(now())[0][:WINDOW]
        where.append("p.id = ANY(%(them)s::bigint[])")
        source = source or "enough"
    elif asked.band in axes.BANDS:
        grades = [asked.grade] if asked.grade in tuple("ABCD") else list("ABCD")
        values |= {"band": asked.band, "at": now(), "grades": grades}
        where.append(f"{matrix.BAND} = %(band)s")
        source = source or "field"
    if asked.item in ITEMS and asked.level in LEVELS:
        values |= {"place": ITEMS.index(asked.item) + 1, "level": asked.level}
        where.append("s.levels[%(place)s] = %(level)s")
    if asked.interest in INTERESTS:
        values["interest"] = asked.interest
        where.append("""%(interest)s = (SELECT i.interest FROM leads_inquiry i WHERE i.person_id = p.id
                        ORDER BY i.captured_at DESC, i.id DESC LIMIT 1)""")
    if asked.country:
        values["country"] = asked.country.upper()[:2]
        where.append("p.country = %(country)s")
    judged = PersonStanding.objects.exists()
    if not source:
        source = "standing" if judged and asked.group != "unjudged" else "anybody"
    return where, source
