"""Reads the few things of a page that a look-up needs, in time that grows no faster than the page.

Not a browser: no tree, no entities but those of HTML, nothing that a page could make grow. (The standard library's
parser takes hours over some megabytes that are made for it.)
"""

import html
import re
from dataclasses import dataclass, field

LONGEST_TAG = 8192
LONGEST_DATA = 64_000
MOST_DATA = 20
LONGEST_WORDS = 500
MOST_HEADINGS = 20

_NAME = re.compile(r"<([a-zA-Z][a-zA-Z0-9-]{0,30})(?=[\s/>])")
_REST = re.compile(r"""((?:[^>"']|"[^"]*"|'[^']*')*+)>""")
_ATTRIBUTE = re.compile(r"""(?<![a-zA-Z:-])([a-zA-Z:-]{1,40}+)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'>]++))""")
_RAW = {"script", "style", "textarea", "template", "noscript", "iframe", "svg", "title"}
_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _RAW}


@dataclass
class Head:
    """What a page says of itself. `meta` is by name or property, in small letters; `data` are blocks of JSON-LD."""

    title: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    headings: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    frames: bool = False


def head_of(page: str) -> Head:
    """Gather title, metas, the larger headings and JSON-LD from a page, however broken."""
    found, at = Head(), 0
    while (start := page.find("<", at)) >= 0:
        if page.startswith("<!--", start):
            end = page.find("-->", start + 4)
            at = end + 3 if end >= 0 else len(page)
            continue
        tag = _NAME.match(page, start)
        if tag is None:
            at = start + 1
            continue
        rest = _REST.match(page, tag.end(), start + LONGEST_TAG)
        if rest is None:  # it never ends, and swallows what follows, as it does in a browser
            at = start + LONGEST_TAG
            continue
        name, attributes, at = tag.group(1).lower(), rest.group(1), rest.end()
        if name in _RAW:
            end = _ENDS[name].search(page, at)
            inside, at = (page[at : end.start()], end.start() + 1) if end else ("", len(page))
            _take_raw(found, name, attributes, inside)
        elif name == "meta":
            _take_meta(found, attributes)
        elif name in ("h1", "h2") and len(found.headings) < MOST_HEADINGS:
            found.headings.append(words(re.sub(r"<[^<>]{0,1000}>", " ", _until_end(page, at, name))))
        elif name == "frameset":
            found.frames = True
    return found


def _until_end(page: str, at: int, name: str) -> str:
    window = page[at : at + 1000]
    end = window.lower().find(f"</{name}")
    return window[:end] if end >= 0 else ""


def _take_raw(found: Head, name: str, attributes: str, inside: str) -> None:
    if name == "title":
        found.title = found.title or words(inside)
        return
    kind = _attributes(attributes).get("type", "") if name == "script" else ""
    small = len(inside) <= LONGEST_DATA and len(found.data) < MOST_DATA
    if kind.strip().lower() == "application/ld+json" and small:
        found.data.append(inside)


def _take_meta(found: Head, attributes: str) -> None:
    said = _attributes(attributes)
    name = (said.get("property") or said.get("name") or "").strip().lower()[:40]
    if name and "content" in said and len(found.meta) < 100:
        found.meta.setdefault(name, words(said["content"]))


def _attributes(text: str) -> dict[str, str]:
    said: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(text):
        said.setdefault(name.lower(), html.unescape(next(filter(None, values), "")))
    return said


def words(text: str) -> str:
    """Text on one line without entities, what can't be seen and double spaces; cut after LONGEST_WORDS characters."""
    plain = html.unescape(text[: 8 * LONGEST_WORDS])
    plain = "".join(c if c.isprintable() or c.isspace() else " " for c in plain)
    return " ".join(plain.split())[:LONGEST_WORDS].strip()
