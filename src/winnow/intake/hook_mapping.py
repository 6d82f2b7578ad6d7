"""How the payloads of a hook become inquiries or activities: its mapping, and what the last payloads suggest for it."""

import contextlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache

from winnow.intake import arrivals, payloads
from winnow.intake.fields import ANSWERS
from winnow.intake.mapping import Mapping, parse
from winnow.intake.profiles import profiles_of
from winnow.intake.rows import Row
from winnow.intake.suggesting import assigned
from winnow.leads.errors import Refusal
from winnow.leads.hook import Hook


def checked(text: str, makes: str) -> Mapping:
    """The mapping of a hook; empty maps nothing yet. Refusal says what is wrong with it."""
    if not text.strip():
        return Mapping(kind=makes)
    mapping = _parsed(text)
    if not mapping.kind:
        mapping = _parsed(f'as = "{makes}"\n{text}')
    if mapping.kind not in ("", makes):
        raise Refusal(f"The mapping is for {mapping.kind}, the hook makes {makes}; change one of them.")
    return replace(mapping, kind=makes, optional=tuple(mapping.columns), name="the mapping", _bound=[])


@lru_cache(maxsize=64)
def _parsed(text: str) -> Mapping:
    return parse(text + "\n")


@dataclass(frozen=True)
class _Item:
    """One item as the table that a mapping is fitted to: a single row."""

    columns: list[str]
    cells: list[str]

    @property
    def path(self):
        """What stands for the file."""
        return _PAYLOAD

    def preview(self, most: int = 1) -> list[Row]:
        """The only row there is, by which dates and numbers are understood."""
        return [Row(1, self.cells, self.cells)]


@dataclass(frozen=True)
class _Named:
    name: str


_PAYLOAD = _Named("the payload")


def body_of(hook: Hook, mapping: Mapping, values: dict[str, str]) -> tuple[dict, str]:
    """The inquiry or activity that an item tells of, in our words, and what of it can't be read.

    Empty where the mapping finds nothing in it; fixed values alone are nothing.
    """
    there = {path: text for path, text in values.items() if path in mapping.columns}
    if not there:
        return {}, ""
    fitted = replace(mapping, _bound=[])
    item = _Item(list(there), list(there.values()))
    fitted.check(item, hook.makes)
    fields, problem = fitted.apply(Row(1, item.cells, item.cells))
    if not any(name not in mapping.defaults for name in fields):
        return {}, problem
    body = {name: _plain(value) for name, value in fields.items()}
    if body.get("external_id") or hook.makes == "activities":
        body["system"] = mapping.system or f"hook {hook.pk}"
    return arrivals.clean(body), problem


def _plain(value):
    match value:
        case datetime() | date():
            return value.isoformat()
        case dict():
            return {name: _plain(inner) for name, inner in value.items()}
    return value


# -- what the last payloads say --------------------------------------------------------------------------------------
def sample(hook: Hook, most: int = 10) -> dict[str, list[str]]:
    """Path -> examples of the last payloads, in the order in which they stand there; those that are mapped come too."""
    found: dict[str, list[str]] = {}
    for call in hook.calls.order_by("-pk")[:most]:
        try:
            things = payloads.items(payloads.read(bytes(call.raw), call.content_type), hook.each)
        except payloads.NotRead:
            continue
        for thing in things[:most]:
            for path, text in payloads.flat(thing).items():
                seen = found.setdefault(path, [])
                if text not in seen and len(seen) < 3:
                    seen.append(text)
    for path in checked(hook.mapping, hook.makes).columns:
        found.setdefault(path, [])
    return found


def lists_of(hook: Hook) -> list[str]:
    """Paths of lists of things in the last payload: what `each` may say."""
    call = hook.calls.order_by("-pk").first()
    found: list[str] = []
    if call is not None:
        with contextlib.suppress(payloads.NotRead):
            _lists(payloads.read(bytes(call.raw), call.content_type), "", found)
    return found


def _lists(value, path: str, found: list[str]) -> None:
    if isinstance(value, dict) and path.count(".") < 6:
        for name, inner in value.items():
            here = f"{path}.{name}" if path else str(name)
            if isinstance(inner, list) and any(isinstance(one, dict) for one in inner):
                found.append(here)
            _lists(inner, here, found)


def suggested(hook: Hook) -> dict[str, str]:
    """Path -> field, by what the last parts of the paths are called and what stands there."""
    examples = sample(hook)
    columns = [path for path in examples if examples[path]]
    if not columns:
        return {}
    rows = [
        Row(line, cells, cells)
        for line in range(3)
        if any(cells := [examples[path][line] if line < len(examples[path]) else "" for path in columns])
    ]
    profiles = profiles_of(rows, columns)
    for profile in profiles:
        profile.path, profile.name = profile.name, _last(profile.name)
    names = {}
    for profile in profiles:  # the same last part twice: the first is it
        names.setdefault(profile.name, profile.path)
    own = [profile for profile in profiles if names[profile.name] == profile.path]
    return {names[name]: fields[0] for name, fields in assigned(own, hook.makes).items()}


def _last(path: str) -> str:
    """`payload.contact.first_name` -> `first_name`; of a named thing its name: `fields[name=mail].values[0]` -> `mail`.
    """
    for step in reversed(path.split(".")):
        head, _, inner = step.partition("[")
        name = inner.partition("]")[0]
        if "=" in name:
            return name.partition("=")[2]
        if head and head not in ("value", "values", "text", "email", "answer"):
            return head
        if head in ("text", "email") and "[" not in path:
            return head
    return path


def fixed_of(mapping: Mapping) -> dict[str, str]:
    """The fixed values of a mapping as texts."""
    return {name: "true" if value is True else "false" if value is False else str(value)
            for name, value in mapping.defaults.items()}


def own_answer(name: str) -> bool:
    """Whether a field is `answers.NAME`."""
    return name.startswith(ANSWERS) and len(name) > len(ANSWERS)
