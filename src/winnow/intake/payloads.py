"""What a tool sends to a hook, made flat: each value under its path, so that a mapping can name it.

    {"contact": {"email": "ann@acme.example"}}          contact.email
    {"answers": [{"text": "yes"}]}                      answers[0].text
    {"fields": [{"name": "mail", "values": ["…"]}]}     fields[name=mail].values[0]
    {"messages": [{"from": "Ann", "text": "Hi"}]}       messages[*]   the whole list as one text
"""

import json
from email import message_from_bytes
from urllib.parse import parse_qsl

DEEPEST = 12
MOST_VALUES = 1_000
MOST_ITEMS = 1_000
LONGEST_VALUE = 200_000
LONGEST_PATH = 160
_KEYS = ("name", "key", "ref", "id", "label", "question", "title", "code", "slug", "property")
_WHO = ("author", "from", "sender", "who", "name", "user_name", "sender_name", "role", "user", "agent")
_WORDS = ("text", "body", "content", "message", "msg", "html", "answer", "value")


class NotRead(ValueError):
    """The payload can't be read; `str()` says why."""


def read(raw: bytes, content_type: str = ""):
    """The payload as lists, dicts and plain values: JSON, lines of JSON, or the fields of a form. NotRead otherwise."""
    kind = content_type.partition(";")[0].strip().lower()
    if not raw.strip():
        raise NotRead("the body is empty")
    if kind == "multipart/form-data":
        return _parts(raw, content_type)
    if kind == "application/x-www-form-urlencoded" and raw.lstrip()[:1] not in b"{[":
        return _form(raw)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotRead("the body is no UTF-8") from None
    try:
        return _loaded(text)
    except (ValueError, RecursionError) as error:
        if lines := _lines(text):
            return lines
        if raw.lstrip()[:1] == b"<":
            raise NotRead("the body is XML or HTML; send JSON or the fields of a form") from None
        raise NotRead(f"the body is no JSON: {str(error)[:120]}") from None


def items(payload, each: str) -> list:
    """The things to take in: those of the list at `each`; without it the payload, or its own things if it is a list."""
    found = payload
    for step in filter(None, each.replace("[*]", "").split(".")):
        found = found.get(step) if isinstance(found, dict) else None
    if each and not isinstance(found, list):
        raise NotRead(f"there is no list at {each}")
    found = found if isinstance(found, list) else [found]
    if len(found) > MOST_ITEMS:
        raise NotRead(f"it holds {len(found):,} things where {MOST_ITEMS:,} are the most")
    return found


def flat(item) -> dict[str, str]:
    """Path -> text of everything that a thing holds, in its order. What isn't said (null, empty) isn't there."""
    found: dict[str, str] = {}
    _flatten(item, "", found, DEEPEST)
    return found


def _flatten(value, path: str, found: dict[str, str], deep: int) -> None:
    if len(found) >= MOST_VALUES or len(path) > LONGEST_PATH or deep < 0:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            step = str(name).replace("\0", "␀")
            _flatten(inner, f"{path}.{step}" if path else step, found, deep - 1)
    elif isinstance(value, list):
        names = _names(value)
        for place, inner in enumerate(value):
            _flatten(inner, f"{path}[{names.get(place, place)}]", found, deep - 1)
        if (whole := told(value)) and len(found) < MOST_VALUES:
            found[f"{path}[*]"] = whole
    elif (text := _text(value)) != "":
        found[path or "value"] = text


def _text(value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:LONGEST_VALUE].replace("\0", "␀").encode("utf-8", "replace").decode()


def _names(values: list) -> dict[int, str]:
    """How each thing of a list is called by itself, `name=mail`: where one key tells all of them apart."""
    things = [value for value in values if isinstance(value, dict)]
    if not things or len(things) != len(values):
        return {}
    for key in _KEYS:
        own = [_own_name(thing, key) for thing in things]
        if all(own) and len(set(own)) == len(own):
            return {place: f"{key}={name}" for place, name in enumerate(own)}
    return {}


def _own_name(thing: dict, key: str) -> str:
    """The name of a thing, or that of the field or question that it answers."""
    for holder in (thing, thing.get("field"), thing.get("question")):
        value = holder.get(key) if isinstance(holder, dict) else None
        if isinstance(value, str | int) and not isinstance(value, bool) and 0 < len(str(value)) <= 60:
            text = str(value)
            # Ids that are new with each payload would name nothing twice.
            return "" if "]" in text or "\n" in text or (key == "id" and holder is thing and len(text) > 20) else text
    return ""


def told(values: list) -> str:
    """A whole list as one text: plain values with commas between, things one a line as `who: words`."""
    if not any(isinstance(value, dict) for value in values):
        return ", ".join(text for value in values if not isinstance(value, list) and (text := _text(value)))
    lines = []
    for value in values:
        if isinstance(value, dict) and (words := _first(value, _WORDS)):
            who = _first(value, _WHO)
            lines.append(f"{who}: {words}" if who else words)
    text = "\n".join(lines)
    if len(text) > LONGEST_VALUE - 100:
        text = text[: LONGEST_VALUE - 100] + "\n… (the rest stands in the payload)"
    return text


def _first(thing: dict, names: tuple[str, ...]) -> str:
    for name in names:
        value = thing.get(name)
        if isinstance(value, dict):
            value = next(filter(None, map(value.get, ("name", "display_name", "text", "email", "type"))), "")
        if isinstance(value, str) and value.strip():
            return " ".join(value.split()) if names is _WHO else value.strip()
    return ""


# -- forms ------------------------------------------------------------------------------------------------------------
def _form(raw: bytes) -> dict:
    try:
        pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_VALUES)
    except ValueError:
        raise NotRead(f"the form has more than {MOST_VALUES} fields") from None
    return _gathered(pairs)


def _parts(raw: bytes, content_type: str) -> dict:
    mail = message_from_bytes(b"Content-Type: " + content_type.encode("ascii", "replace") + b"\r\n\r\n" + raw)
    if not mail.is_multipart():
        raise NotRead("the parts of the form can't be told apart")
    pairs = []
    for part in mail.get_payload()[:MOST_VALUES]:
        name = part.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            continue
        if (file := part.get_filename()) is not None:
            pairs.append((name, file))  # a file is known by its name; forms here take none
            continue
        pairs.append((name, (part.get_payload(decode=True) or b"").decode("utf-8", "replace").removesuffix("\r\n")))
    return _gathered(pairs)


def _gathered(pairs: list[tuple[str, str]]) -> dict:
    """Fields by name; the same name again makes a list. A field that holds JSON is read too."""
    found: dict = {}
    for name, text in pairs:
        value = text
        if text[:1] in ("{", "[") and text[-1:] in ("}", "]"):
            try:
                value = _loaded(text)
            except (ValueError, RecursionError):
                value = text
        name = name.removesuffix("[]")
        if name in found:
            found[name] = [*found[name], value] if isinstance(found[name], list) else [found[name], value]
        else:
            found[name] = value
    return found


# -- JSON -------------------------------------------------------------------------------------------------------------
def _loaded(text: str):
    return json.loads(text, parse_constant=lambda word: None)


def _lines(text: str) -> list:
    """Lines of JSON, one thing each; empty when they aren't."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return []
    try:
        return [_loaded(line) for line in lines]
    except (ValueError, RecursionError):
        return []
