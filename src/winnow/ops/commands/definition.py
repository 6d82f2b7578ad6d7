"""The lead definition: show the text, explain a person, check a file, propose, sign and compare.

winnow definition show [VERSION] [--toml | --yaml | --for sales]
winnow definition explain ann@acme.example [--as-of 2026-03-31] [--since 2026-03-01]
winnow definition check definition.toml (or .yaml; propose and diff take both, too)
winnow definition propose definition.toml --as carol@winnow.example
winnow definition sign --as rolf@winnow.example [--draft 8] [--seen HASH]
winnow definition diff 7 8
"""

import argparse
import json
from pathlib import Path

from winnow.leads.errors import Refusal

PROPOSE = "`winnow definition propose FILE --as EMAIL`"


def configure(parser):
    """The six verbs, each with what it needs."""
    parts = parser.add_subparsers(dest="what", required=True, parser_class=type(parser))
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--home", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    show = parts.add_parser("show", parents=[common], help="the text in force, or of a version")
    show.add_argument("version", nargs="?", type=int)
    show.add_argument("--toml", action="store_true", help="as a file that can be edited and proposed")
    show.add_argument("--yaml", action="store_true", help="the same in YAML")
    show.add_argument("--for", dest="whom", choices=["sales"], help="for a salesperson, to be read aloud")
    explain = parts.add_parser("explain", parents=[common], help="why somebody is ready, or what is missing")
    explain.add_argument("person", help="a mail address, the number of a person, or the key of another system")
    explain.add_argument("--as-of", metavar="DATE", help="as it was known at the end of that day (2026-03-31)")
    explain.add_argument("--since", metavar="DATE", help="compare with the end of that day (default: a week before)")
    check = parts.add_parser("check", parents=[common], help="read a file without keeping anything")
    check.add_argument("file")
    propose = parts.add_parser("propose", parents=[common], help="keep a file as a new draft")
    propose.add_argument("file")
    sign = parts.add_parser("sign", parents=[common], help="sign a draft for the side that a user signs for")
    sign.add_argument("--draft", type=int, help="the draft's number (default: the newest)")
    sign.add_argument("--seen", help="the content that was read: sign only if it is still the same")
    for part in (propose, sign):
        part.add_argument("--as", dest="user", required=True, metavar="EMAIL", help="who does it")
    diff = parts.add_parser("diff", parents=[common], help="two versions, clause by clause")
    diff.add_argument("before")
    diff.add_argument("after")


def run(args):
    """Print what was asked for; refusals name the key, the reason and the way out."""
    found, text = DO[args.what](args)
    print(json.dumps(found, ensure_ascii=False, default=str) if args.json else text)


# -- the verbs -------------------------------------------------------------------------------------------------------
def show(args):
    """The document in words, with who signed it; `--toml` as the text that `propose` takes."""
    from winnow.leads import definition_file
    from winnow.policy.aloud import aloud
    from winnow.policy.words import document

    row = _version(args.version) if args.version is not None else _newest()
    sections = document(row.policy)
    found = {
        **_about(row), "document": row.document,
        "clauses": [{"number": c.number, "key": c.key, "text": c.text} for s in sections for c in s.clauses],
    }  # fmt: skip
    if args.toml or args.yaml:
        return found, definition_file.write(row.document, "yaml" if args.yaml else "toml").rstrip("\n")
    if args.whom == "sales":
        read = aloud(row.policy)
        found = {**_about(row), "parts": [{"title": one.title, "sentences": list(one.sentences)} for one in read]}
        lines = [f"{row.policy.name}: {_stands(row)}"]
        for part in read:
            lines += ["", part.title, *part.sentences]
        return found, "\n".join(lines)
    lines = [f"{row.policy.name}: {_stands(row)}", f"content {row.short_hash}"]
    for section in sections:
        lines += ["", f"{section.number}  {section.title}", *(f"{c.number}  {c.text}" for c in section.clauses)]
    lines += ["", *(f"signed for {one.side} by {one.name}, {one.signed_at:%-d %B %Y %H:%M} UTC"
                    for one in row.signatures.order_by("signed_at"))]  # fmt: skip
    lines += [f"waits for {side}" for side in row.unsigned()]
    return found, "\n".join(lines)


def explain(args):
    """Every point, clause and evidence of one verdict; what is missing, what would do, what changed since a week."""
    from winnow.leads.explaining import explained

    person = _person(args.person)
    told = explained(person, as_of=_end_of(args.as_of) if args.as_of else None,
                     since=_end_of(args.since) if args.since else None)  # fmt: skip
    lines = list(told.head)
    for heading, some in told.sections:
        lines += ["", heading, *(f"  {line}" for line in some)]
    return told.data(), "\n".join(lines)


def check(args):
    """Whether a file is a definition, and what it says."""
    from winnow.policy.definition import parse
    from winnow.policy.words import document

    read = _read(args.file)
    parsed = parse(read)
    clauses = [c for s in document(parsed) for c in s.clauses]
    found = {"ok": True, "name": parsed.name, "hash": parsed.hash, "clauses": len(clauses)}
    lines = [*(f"{c.number}  {c.text}" for c in clauses), "", f"{args.file} is a definition: {parsed.hash[:16]}."]
    return found, "\n".join(lines)


def propose(args):
    """Keep a file as the next draft."""
    from winnow.leads import rights
    from winnow.leads.definition import Definition

    user, read = _user(args.user), _read(args.file)
    if not rights.may(user, "draft"):
        who = "marketing, sales managers and who signs can"
        raise Refusal(f"{user} may not write a definition; {who}.", code="forbidden")
    row = Definition.draft(read, by=user, based_on=Definition.objects.order_by("-number").first())
    waits = " and ".join(row.unsigned())
    return _about(row), f"Draft {row.number} is kept, content {row.short_hash}; it waits for {waits}."


def sign(args):
    """Sign the newest draft, or the one named, for the side that this user signs for."""
    from winnow.leads import rights
    from winnow.leads.definition import Definition

    user = _user(args.user)
    if not rights.may(user, "sign"):
        way = "an administrator can give that right"
        raise Refusal(f"{user} may not sign for marketing or sales; {way}.", code="forbidden")
    row = _version(args.draft) if args.draft is not None else Definition.objects.order_by("-number").first()
    if row is None:
        raise Refusal(f"There is no draft to sign; {PROPOSE} makes one.", code="no_draft")
    seen = row.hash if args.seen is None else args.seen.replace(" ", "")
    row.sign(by=user, seen_hash=row.hash if seen == row.hash[: len(seen)] and len(seen) >= 16 else seen)
    row.refresh_from_db()
    rest = "It is in force." if row.in_force_from else f"It waits for {' and '.join(row.unsigned())}."
    return _about(row), f"{user} signed draft {row.number} for {user.may_sign_for}. {rest}"


def diff(args):
    """Two versions or files: what differs in sentences, and every clause with its words marked."""
    from winnow.policy.differing import differences
    from winnow.policy.words import compared, document

    before, after = _either(args.before), _either(args.after)
    pages = compared(document(before), document(after))
    changes = [one for _, clauses in pages for one in clauses if one.kind != "same"]
    found = {
        "before": before.hash, "after": after.hash,
        "differences": [
            {"section": one.section, "key": one.key, "text": one.text} for one in differences(before, after)
        ],
        "changes": [
            {"number": one.clause.number, "key": one.clause.key, "kind": one.kind, "parts": list(map(list, one.parts))}
            for one in changes
        ],
    }  # fmt: skip
    marks = {"same": "{}", "ins": "[+{}+]", "del": "[-{}-]"}
    told = [f"{one.section or '-'}  {one.text}" for one in differences(before, after)]
    marked = [f"{one.clause.number}  {' '.join(marks[op].format(words) for op, words in one.parts)}" for one in changes]
    if not told:
        return found, "The two say the same."
    return found, "\n".join([*told, "", "Clause by clause:", *marked])


DO = {"show": show, "explain": explain, "check": check, "propose": propose, "sign": sign, "diff": diff}


# -- what was named --------------------------------------------------------------------------------------------------
def _about(row):
    return {
        "number": row.number, "name": row.name, "hash": row.hash, "state": _stands(row),
        "in_force_from": row.in_force_from,
        "unsigned": row.unsigned() if row.in_force_from is None else [],
        "signatures": [
            {"side": one.side, "name": one.name, "at": one.signed_at} for one in row.signatures.order_by("signed_at")
        ],
    }  # fmt: skip


def _stands(row):
    from winnow.leads.definition import Definition

    if row.in_force_from is None:
        return f"draft {row.number}"
    if row.withdrawn_at is not None:
        return f"version {row.number}, withdrawn {row.withdrawn_at:%-d %B %Y}"
    return f"version {row.number}, {'in force' if Definition.in_force() == row else 'no longer in force'}"


def _newest():
    from winnow.leads.definition import Definition

    row = Definition.in_force() or Definition.objects.order_by("-number").first()
    if row is None:
        raise Refusal(f"There is no definition yet; {PROPOSE} makes a draft.", code="no_definition")
    return row


def _version(number):
    from winnow.leads.definition import Definition

    row = Definition.objects.filter(number=number).first()
    if row is None:
        last = Definition.objects.order_by("-number").values_list("number", flat=True).first()
        there = f"there are 1 to {last}" if last else "there is none yet"
        raise Refusal(f"There is no version {number} of the definition; {there}.", code="unknown")
    return row


def _either(word):
    """The policy of a version number or of a file."""
    from winnow.policy.definition import parse

    return _version(int(word)).policy if word.isdigit() else parse(_read(word))


def _read(name):
    """The document of a TOML or YAML file. Refusal names what is wrong, with its line and key."""
    from winnow.leads import definition_file

    path = Path(name)
    try:
        if path.stat().st_size > definition_file.MOST_BYTES:
            raise Refusal(f"{name} is longer than {definition_file.MOST_BYTES:,} bytes; a definition is shorter.",
                          code="too_long")  # fmt: skip
        content = path.read_bytes()
    except OSError as error:
        raise Refusal(f"{name} can't be read: {error.strerror}.", code="no_file") from None
    text = definition_file.decoded(content, name)
    return definition_file.read(text, definition_file.kind_of(name, text), name)


def _user(email):
    from winnow.leads.user import User

    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise Refusal(f"There is no user {email}; `winnow user add {email} --role ...` makes one.", code="unknown")
    return user


def _end_of(word):
    """The last moment of a day in UTC, not later than now."""
    from datetime import UTC, date, datetime, time

    from winnow.leads.clock import now

    try:
        day = date.fromisoformat(word)
    except ValueError:
        raise Refusal(f"{word!r} is no day; write it like 2026-03-31.", code="no_day") from None
    if not 1970 < day.year < 9999:
        raise Refusal(f"{word} is too far away; a day from 1971 on is asked for.", code="no_day")
    return min(datetime.combine(day, time(23, 59), UTC), now())


def _person(word):
    from winnow.leads.person import Identity, Person

    person = None
    if word.isdigit():
        person = Person.objects.filter(pk=min(int(word), 2**62)).select_related("account").first()
    if person is None:
        known = Identity.objects.filter(value__in=[word.strip(), word.strip().lower()]).select_related("person").first()
        same = Person.objects.filter(email__iexact=word.strip()).select_related("account")[:1]
        person = known.person if known else next(iter(same), None)
    if person is None:
        way = "give a mail address, the number of a person, or their key in another system"
        raise Refusal(f"Nobody is known as {word}; {way}.", code="unknown")
    return Person.objects.select_related("account").get(pk=person.now_is().pk)
