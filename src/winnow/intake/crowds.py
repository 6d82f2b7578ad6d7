"""What posts have in common: their network, their text, the way they are filled in. A swarm that changes its address
with every post still shares something. Each shared thing is a mark, a keyed number; points grow with how often it came.
"""

import ipaddress
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from winnow.intake.proof import read_hand
from winnow.intake.signs import Sign, foreign_links
from winnow.leads.addresses import is_free_mail, normalise_email

Counts = dict[str, tuple[int, int, int]]
"""By name of the mark: how often it was seen within ten minutes, an hour and a day."""

MOST_SENTENCES, MOST_ROWS, ROW, MOST_SIGNS, TYPED_ENOUGH = 6, 6, 4, 3, 12
KINDS = ("odd names", "odd message", "no language", "markup", "mixed letters", "throw-away address", "even beat",
         "scripted", "no gesture", "no hand", "driven", "program")  # fmt: skip
"""Signs that say little of one post and much of many: hardly a person has one, a swarm has it in every post. A link or
a subject of spam is no such sign: people write them, too, and come in the middle of a flood."""
OWN = ("text", "template", "sentence", "words", "link", "domain", "company", "phone", "person", "build", "hand")
"""Marks that two people hardly share; who shares none of them with anybody speaks for themselves."""
_SPACE = re.compile(r"\s+")
_SENTENCE = re.compile(r"[.!?\n;:]+\s*")
_CHANGING = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|\d+")

# (mark, over which time, steps of count and points, what is said). Of a group only the heaviest counts.
_LADDERS: dict[str, tuple[tuple, ...]] = {
    "network": (
        ("address", 0, ((6, 2), (15, 4), (40, 6), (100, 9), (300, 10)),
         "{n} posts came from its address in ten minutes"),
        ("address", 1, ((30, 3), (90, 6), (300, 9)), "{n} posts came from its address in an hour"),
        ("block", 0, ((40, 2), (150, 4), (500, 6)), "{n} posts came from its network in ten minutes"),
    ),
    "text": (
        ("text", 2, ((4, 2), (8, 4), (14, 6), (20, 8), (40, 10)), "the same message came {n} times"),
        ("template", 2, ((5, 2), (10, 4), (14, 6), (20, 8), (40, 10)),
         "the same message, but for names and numbers, came {n} times"),
        *((f"sentence{place}", 2, ((8, 2), (16, 4), (40, 7), (80, 10)), "one of its sentences came {n} times")
          for place in range(MOST_SENTENCES)),
        *((f"words{place}", 2, ((12, 2), (40, 4), (120, 6), (400, 8)), "{n} messages have the same words in a row")
          for place in range(MOST_ROWS)),
    ),
    "link": (
        *((f"link{place}", 2, ((3, 3), (6, 6), (12, 10)), "{n} messages link to the same site") for place in range(3)),
    ),
    "sender": (
        ("phone", 2, ((4, 3), (10, 7)), "{n} posts give the same telephone number"),
        ("person", 2, ((8, 1), (25, 2), (80, 3)), "{n} posts give the same name"),
        ("company", 2, ((12, 1), (40, 2)), "{n} posts name the same company"),
        ("domain", 2, ((30, 1), (80, 2)), "{n} posts have an address of the same company"),
        ("last", 2, ((25, 1), (80, 2)), "{n} posts give the same last name"),
        ("first", 2, ((40, 1), (120, 2)), "{n} posts give the same first name"),
    ),
    "build": (
        ("build", 2, ((20, 2), (60, 4), (200, 6)), "{n} posts are built alike"),
    ),
    "kind": tuple(
        (f"sign{place}", 1, ((6, 1), (12, 2), (25, 4), (60, 6)), "{n} posts of an hour showed a sign that it shows")
        for place in range(MOST_SIGNS)
    ),
    "replay": (
        ("hand", 2, ((1, 4), (2, 8), (4, 12)), "{n} posts were filled in alike, stroke by stroke"),
        ("note", 2, ((1, 3), (2, 6), (4, 12)), "its form was shown once and sent {n} times before"),
    ),
    "browser": (
        ("browser", 0, ((150, 1), (600, 2)), "{n} posts of ten minutes have the same browser"),
    ),
    "pace": (
        ("pace", 0, ((40, 1), (150, 2)), "{n} posts of ten minutes were open for as long"),
    ),
    "flood": (
        ("form", 0, ((60, 1), (250, 2), (800, 3)), "{n} posts came by this form in ten minutes"),
    ),
}
_NO_PROOF = ((10, 1), (50, 2), (200, 3))


def of_crowds(counts: Counts, alone: list[Sign]) -> list[Sign]:
    """The signs in what this post shares with others; their codes begin with "many". `alone` are its own signs."""
    codes = {sign.code for sign in alone}
    proven = not codes & {"no proof", "wrong proof", "no hand"}
    found = [Sign(f"many {group}", points, words) for group, points, words, _ in _heaviest(counts)]
    if not proven and (points := _reached(_NO_PROOF, n := counts.get("unproven", (0, 0, 0))[0])):
        found.append(Sign("many unproven", points, f"{n} posts of ten minutes came without script"))
    if "no proof" in codes and counts.get("form", (0, 0, 0))[0] >= CROWDED and _is_own(counts):
        found.append(Sign("many own", -2, "hardly anything in it is shared with others"))
    return _less(found, proven)


AMBIENT = ("many flood", "many unproven", "many browser", "many pace")
MOST_AMBIENT, MOST_AROUND = 4, 6
"""What only says that robots are about weighs no more than this: for all of it, and together with the network for who
has done the proof of work. Somebody who comes in the middle of a flood isn't one of it."""


def _less(signs: list[Sign], proven: bool) -> list[Sign]:
    def at_most(codes, most, among):
        over = sum(sign.points for sign in among if sign.code in codes) - most
        kept = []
        for sign in among:
            less = max(0, min(over, sign.points)) if sign.code in codes else 0
            over -= less
            kept.append(replace(sign, points=sign.points - less))
        return [sign for sign in kept if sign.points]

    found = at_most(AMBIENT, MOST_AMBIENT, signs[::-1])[::-1]
    return at_most((*AMBIENT, "many network"), MOST_AROUND, found) if proven else found


def _is_own(counts: Counts) -> bool:
    mine = [n for name, (_, _, n) in counts.items() if name.rstrip("0123456789") in OWN]
    return len(mine) > 1 and max(mine) <= HARDLY


CROWDED, HARDLY = 25, 3
"""Posts of a form in ten minutes from which it counts that one is unlike the others, and with how many it may share."""
SWARMS = ("text", "link", "replay", "sender", "build", "network")
"""Groups whose mark names a swarm, the surest first."""


def swarm_of(counts: Counts) -> str:
    """The name of the mark by which posts like this are gathered; empty where they share nothing that tells."""
    marks = {group: (points, name) for group, points, _, name in _heaviest(counts) if group in SWARMS}
    return max(marks.values(), key=lambda one: one[0])[1] if marks else ""


def _heaviest(counts: Counts) -> list[tuple[str, int, str, str]]:
    """Of each group the heaviest: group, points, words, and the name of the mark."""
    found = []
    for group, ladders in _LADDERS.items():
        best = None
        for name, span, steps, words in ladders:
            n = counts.get(name, (0, 0, 0))[span]
            points = _reached(steps, n)
            if points and (best is None or points > best[1]):
                best = (group, points, words.format(n=n), name)
        if best is not None:
            found.append(best)
    return found


def _reached(steps: tuple[tuple[int, int], ...], n: int) -> int:
    return max((points for least, points in steps if n >= least), default=0)


# -- marks ------------------------------------------------------------------------------------------------------------
def marks_of(post, key: Callable[[str, str, datetime | None], int], alone: list[Sign] = ()) -> dict[str, int]:
    """The marks of a post by name, and of the signs it bears `alone`. Those of a network change their key every day."""
    said = {name: str(value).strip() for name, value in post.said.items() if isinstance(value, str) and value.strip()}
    found = {"form": key("form", post.form, None)}
    shown = {sign.code for sign in alone}
    for place, code in enumerate([code for code in KINDS if code in shown][:MOST_SIGNS]):
        found[f"sign{place}"] = key("sign", f"{post.form} {code}", None)
    if not post.proof:
        found["unproven"] = key("unproven", post.form, None)
    for name, network in _networks(post.address):
        found[name] = key(name, network, post.at)
    if post.note:
        found["note"] = key("note", post.note, None)
    if len(post.hand) > 20:
        found["hand"] = key("hand", _hand(post.hand), None)
    for name, value in (*_words(said), *_sender(said)):
        found[name] = key(name.rstrip("0123456789"), value, None)
    if build := _build(said):
        found["build"] = key("build", f"{post.form} {build}", None)
    agent = " ".join(f"{name}={post.headers.get(name, '')}" for name in ("User-Agent", "Accept", "Accept-Language",
                                                                         "Accept-Encoding", "Sec-Ch-Ua"))
    found["browser"] = key("browser", f"{post.form} {agent}", None)
    if (seconds := _open_for(post)) is not None:
        found["pace"] = key("pace", f"{post.form} {seconds}", None)
    return found


def _hand(text: str) -> str:
    """The hand as it is compared: of one that typed, all but how long the form was open, which is easily changed."""
    hand = read_hand(text)
    return str(replace(hand, open=0)) if hand and hand.entries >= TYPED_ENOUGH and hand.beat[1] else text


def _networks(address: str) -> list[tuple[str, str]]:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return []
    if ip.version == 6 and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    one, near = (32, 24) if ip.version == 4 else (64, 48)  # a house has a /64 of its own
    return [("address", str(ipaddress.ip_network((ip, one), strict=False))),
            ("block", str(ipaddress.ip_network((ip, near), strict=False)))]


def _words(said: dict) -> list[tuple[str, str]]:
    message = _plain(said.get("message", ""))
    found = []
    if len(message) >= 20:
        found.append(("text", message))
    own = {word for name, value in said.items() if name != "message" for word in _plain(value).split() if len(word) > 1}
    left = [word for word in _CHANGING.sub("", message).split() if word.strip(".,!?;:'\"()") not in own]
    if len(left) >= 5:
        found.append(("template", " ".join(left)))
    rows = {_number(" ".join(left[at:at + ROW])): " ".join(left[at:at + ROW]) for at in range(len(left) - ROW + 1)}
    # Of all rows of words those with the lowest numbers: so two messages that share many rows choose the same ones.
    found += [(f"words{place}", rows[number]) for place, number in enumerate(sorted(rows)[:MOST_ROWS])]
    place = 0
    for sentence in _SENTENCE.split(said.get("message", "")):
        words = [word for word in _CHANGING.sub("", _plain(sentence)).split() if word.strip(".,!?;:'\"()") not in own]
        if len(words) >= 5 and place < MOST_SENTENCES:
            found.append((f"sentence{place}", " ".join(words)))
            place += 1
    found += [(f"link{place}", host) for place, host in enumerate(dict.fromkeys(foreign_links(said))) if place < 3]
    return found


def _number(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "replace"))


def _sender(said: dict) -> list[tuple[str, str]]:
    found = []
    domain = normalise_email(said.get("email", "")).domain
    if domain and not is_free_mail(domain):
        found.append(("domain", domain))
    if company := _plain(said.get("company", "")):
        found.append(("company", company))
    digits = re.sub(r"\D", "", said.get("phone", ""))
    if len(digits) >= 7:
        found.append(("phone", digits))
    whole = _plain(said.get("full_name", "") or f"{said.get('first_name', '')} {said.get('last_name', '')}").split()
    if len(whole) > 1:
        found += [("person", " ".join(whole)), ("first", whole[0]), ("last", whole[-1])]
    return found


def _build(said: dict) -> str:
    """How it is built: which fields, how the address is made of the name, the forms of number and message.

    Only of a post with enough in it: three filled fields are built alike by everybody.
    """
    if len(said) < 4 or len(said.get("message", "")) < 20:
        return ""
    local = _plain(said.get("email", "")).partition("@")[0]
    for name in ("first_name", "last_name", "full_name", "company"):
        for word in sorted(_plain(said.get(name, "")).split(), key=len, reverse=True):
            if len(word) > 1:
                local = local.replace(word, name[0].upper())
    message = said["message"]
    sentences = len([one for one in _SENTENCE.split(message) if one])
    return "|".join((
        ",".join(sorted(said)), re.sub(r"[a-z]+", "a", re.sub(r"\d", "0", local)),
        re.sub(r"\d", "0", said.get("phone", "")), str(len(message.split()) // 2), str(sentences), message[-1:],
        " ".join(_plain(message).split()[:1]),
    ))


def _open_for(post) -> int | None:
    """Whole seconds between showing and sending, for a note that can be read at all."""
    from django.core import signing

    try:
        return int(post.at.timestamp()) - signing.b62_decode(post.note.rsplit(":", 2)[1])
    except (IndexError, ValueError):
        return None


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).strip().casefold()
