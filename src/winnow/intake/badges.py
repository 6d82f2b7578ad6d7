"""The organiser's badge list: whose badge is whose. Only who came to our booth becomes a person of ours.

Entries that waited for the list are taken in; of people who were known by their badge already, blanks are filled.
"""

from dataclasses import dataclass, field

from django.db import connection, transaction

from winnow.intake.booth import DOOR, badge_code
from winnow.intake.incoming import Unusable, incoming
from winnow.intake.into import Batch, Line, people
from winnow.intake.mapping import suggest
from winnow.intake.tables import Table, read_table
from winnow.intake.uploads import on_disk
from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.event import Badge, Event
from winnow.leads.person import Identity

LARGEST = 20 * 1_048_576
FIELDS = (
    "email", "first_name", "last_name", "full_name", "title", "company", "domain", "phone", "country", "industry",
    "employees",
)
CALLED = ("badge", "barcode", "qr", "scan", "ticket", "code", "registration")
"""What a column of badge codes is called, the likeliest first."""
AT_ONCE = 2000
TOLD = 6


@dataclass
class Loaded:
    """What became of a list: badges kept, lines that hold none, cells left out, entries let go, people filled in."""

    column: str
    badges: int = 0
    without: int = 0
    left_out: int = 0
    told: list[str] = field(default_factory=list)
    let_go: int = 0
    filled: int = 0


def load_badges(event: Event, name: str, content: bytes, *, by, column: str = "") -> Loaded:
    """Keep the list and fill in who waited for it. `column`: where the codes stand, found by its name if left out.

    Unreadable or Refusal says what is wrong with the file. The same list again changes nothing.
    """
    if len(content) > LARGEST:
        raise Refusal(f"{name} is larger than {LARGEST // 1_048_576} MB; leave out what isn't a badge.")
    with on_disk(name, content) as path, transaction.atomic():
        table = read_table(path)
        loaded = Loaded(_column(table, column))
        found = _badges(table, loaded)
        at = now()
        rows = [Badge(event=event, code=code, fields=fields, at=at) for code, fields in found.items()]
        Badge.objects.bulk_create(
            rows, batch_size=AT_ONCE, update_conflicts=True, unique_fields=["event", "code"],
            update_fields=["fields", "at"],
        )
        loaded.badges = len(rows)
        loaded.let_go = _let_go(event, at)
        loaded.filled = _fill(event, found, at, by)
        audited(by, "load badges", event, f"{loaded.badges} from {name[:80]}")
    return loaded


def _column(table: Table, wanted: str) -> str:
    names = {name.casefold().strip(): name for name in table.columns}
    if wanted.strip():
        if found := names.get(wanted.casefold().strip()):
            return found
        raise Refusal(f"There is no column “{wanted}”; the columns are {', '.join(table.columns[:20])}.")
    for word in CALLED:
        for folded, name in names.items():
            if word in folded.replace("-", " ").replace("_", " ").split():
                return name
    raise Refusal(f"Say which column holds the badge codes: {', '.join(table.columns[:20])}.")


def _badges(table: Table, loaded: Loaded) -> dict[str, dict]:
    """The last line of a badge counts, as a list that is corrected by adding to it says."""
    mapping = suggest(table, "people")
    mapping.check(table, "people")
    place, found, at = table.columns.index(loaded.column), {}, now()
    for row in table.rows():
        fields, problem = ({}, row.problem) if row.problem else mapping.apply(row)
        code = ""
        if not row.problem:
            try:
                code = badge_code(row.values[place])
            except Unusable as unusable:
                problem = str(unusable)
        if not code:
            loaded.without += 1
            _tell(loaded, row.line_number, problem or "no badge code")
            continue
        kept = {name: fields[name] for name in FIELDS if fields.get(name) not in (None, "")}
        found[code] = _usable(kept, loaded, row.line_number, at)
    return found


def _usable(fields: dict, loaded: Loaded, line: int, at) -> dict:
    """The fields without those that can't be taken; what is left out is told."""
    while fields:
        try:
            incoming(fields, external_id="badge", at=at)
            return fields
        except Unusable as unusable:
            fields = {name: value for name, value in fields.items() if name != unusable.field}
            loaded.left_out += 1
            _tell(loaded, line, str(unusable))
    return fields


def _tell(loaded: Loaded, line: int, words: str) -> None:
    if len(loaded.told) < TOLD:
        loaded.told.append(f"line {line}: {words}")


def _let_go(event: Event, at) -> int:
    """Entries whose badge is known now go on their way."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE leads_arrival a SET state = 'pending', due_at = %s, reason = ''
               WHERE a.sender = %s AND a.door = %s AND a.state = 'quarantined'
                 AND EXISTS (SELECT 1 FROM leads_badge b WHERE b.event_id = %s
                             AND b.code = upper(btrim(a.body->>'badge')))""",
            [at, event.sender, DOOR, event.pk],
        )
        return cursor.rowcount


def _fill(event: Event, found: dict[str, dict], at, by) -> int:
    """What is blank in people who showed such a badge. What they said themselves stays."""
    known = Identity.objects.filter(kind="external", system=event.key_system).select_related("person")
    lines = []
    for key in known:  # those who came to the booth: few beside the list
        if key.value not in found:
            continue
        person = key.person.now_is()
        named = person.first_name or person.last_name
        blank = {
            name: value for name, value in found[key.value].items()
            if not (getattr(person, name, "") or (named and name in ("first_name", "last_name", "full_name")))
        }
        if blank.keys() & {"email", "phone", "title", "country", "first_name", "last_name", "full_name"}:
            lines.append(Line(0, [], blank, key=key.value))
    batch = Batch(at=at, system=event.key_system, by=by)
    done = people.load(lines, batch) if lines else []
    return sum(one.outcome == "updated" for one in done)
