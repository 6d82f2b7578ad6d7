"""A definition as a file that people edit: TOML or YAML in, TOML or YAML out. What is wrong is named by line and key.

YAML is read by the rules of YAML 1.2: only true and false are flags, so that NO stays Norway and 17:00 a time. Aliases,
keys written twice and anything but plain values are refused: the text that is signed must be what stands in the file.
"""

import re
import tomllib
from typing import Any

import yaml

from winnow.leads.errors import Refusal
from winnow.policy.definition import DefinitionError, parse
from winnow.policy.writing import ORDER, to_toml

MOST_BYTES = 200_000
DEEPEST = 12
KINDS = {"toml": "TOML", "yaml": "YAML"}


class NotReadable(Refusal):
    """A file that is no definition: which line or key, why, and what would do."""

    code = "not_a_definition"


def kind_of(name: str, text: str = "") -> str:
    """toml or yaml, by the name of the file, else by how the text looks."""
    ending = name.rpartition(".")[2].lower()
    if ending in ("yaml", "yml"):
        return "yaml"
    if ending == "toml":
        return "toml"
    for line in text.splitlines():
        line = line.strip().lstrip("\ufeff")
        if line and not line.startswith("#"):
            return "yaml" if re.match(r"""(---|['"]?[\w. -]+['"]?\s*:(\s|$))""", line) else "toml"
    return "toml"


def decoded(content: bytes, name: str) -> str:
    """The text of an uploaded file. Refusal for what is too long, not UTF-8, or no text."""
    if len(content) > MOST_BYTES:
        raise NotReadable(f"{name} is longer than {MOST_BYTES:,} bytes; a definition is shorter.", code="too_long")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise NotReadable(f"{name} is not UTF-8 from line {line} on; save it as UTF-8 text.") from None


def read(text: str, kind: str, name: str = "This") -> dict[str, Any]:
    """The document of a text, checked. NotReadable names the line, the key, the reason and the way out."""
    if len(text) > MOST_BYTES:
        raise NotReadable(f"{name} is longer than {MOST_BYTES:,} letters; a definition is shorter.", code="too_long")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise NotReadable(f"{name} has a NUL byte in line {line}; it is no text file. Save it as plain text.")
    found, lines = _yaml(text, name) if kind == "yaml" else _toml(text, name)
    _plain(found, "", lines, name)
    try:
        parse(found)
    except DefinitionError as error:
        raise NotReadable(_placed(str(error), lines)) from None
    return found


def write(document: dict[str, Any], kind: str) -> str:
    """The document as TOML or YAML; `read` gives back the same."""
    if kind == "toml":
        return to_toml(document)
    return yaml.dump(
        _ordered(document), Dumper=_Writer, allow_unicode=True, sort_keys=False, width=100, default_flow_style=False
    )


# -- TOML ------------------------------------------------------------------------------------------------------------
def _toml(text: str, name: str) -> tuple[dict, dict[str, int]]:
    try:
        return tomllib.loads(text), _toml_lines(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise NotReadable(f"{name} is not TOML: {_said(error) or error}.", code="not_toml") from None


def _toml_lines(text: str) -> dict[str, int]:
    """The line of each key, by its path: near enough to lead a reader there, whatever stands in long texts."""
    lines: dict[str, int] = {}
    table, counts = "", {}
    for number, line in enumerate(text.split("\n"), 1):
        if head := re.match(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]", line):
            table = _path(head[2])
            if head[1] == "[[":
                counts[table] = counts.get(table, 0) + 1
                table = f"{table}[{counts[table]}]"
            lines.setdefault(table, number)
        elif key := re.match(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"))*)\s*=""", line):
            lines.setdefault(f"{table}.{_path(key[1])}" if table else _path(key[1]), number)
    return lines


def _path(written: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in written.split("."))


# -- YAML ------------------------------------------------------------------------------------------------------------
class _Reader(yaml.SafeLoader):
    """Plain values alone, by the rules of YAML 1.2."""

    yaml_implicit_resolvers: dict = {}

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.MarkedYAMLError(problem="aliases (*) are not taken: write the value out", problem_mark=mark)
        return super().compose_node(parent, index)


_Reader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false|True|False)$"), list("tfTF"))
_Reader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
_Reader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))
_Reader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)  # fmt: skip


class _Writer(yaml.SafeDumper):
    """Writes what readers of both YAML 1.1 and 1.2 take for the same; lists are indented, and nothing is an alias."""

    def ignore_aliases(self, data):
        return True

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


def _yaml(text: str, name: str) -> tuple[dict, dict[str, int]]:
    lines: dict[str, int] = {}
    try:
        reader = _Reader(text)
        try:
            node = reader.get_single_node()
            found = _value(node, "", lines, 1) if node is not None else {}
        finally:
            reader.dispose()
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise NotReadable(f"{name} is not YAML: {_yaml_words(error)}", code="not_yaml") from None
    return found, lines


def _value(node, path: str, lines: dict[str, int], deep: int) -> Any:
    """The plain value of a node; the line of every key is noted."""
    mark = node.start_mark
    if deep > DEEPEST:
        raise yaml.MarkedYAMLError(problem=f"it is nested more than {DEEPEST} deep", problem_mark=mark)
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag.rpartition(":")[2] != "str":
                raise yaml.MarkedYAMLError(
                    problem="a key should be a word; put it between quotes", problem_mark=key.start_mark
                )
            if key.value in found:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key.value!r} stands there twice; keep one", problem_mark=key.start_mark
                )
            there = f"{path}.{key.value}" if path else key.value
            lines[there] = key.start_mark.line + 1
            found[key.value] = _value(value, there, lines, deep + 1)
        return found
    if isinstance(node, yaml.SequenceNode):
        several = []
        for number, one in enumerate(node.value, 1):
            lines[f"{path}[{number}]"] = one.start_mark.line + 1
            several.append(_value(one, f"{path}[{number}]", lines, deep + 1))
        return several
    match node.tag.rpartition(":")[2]:
        case "str":
            return node.value
        case "bool":
            return node.value.lower() == "true"
        case "int":
            return int(node.value)
        case "float":
            return float(node.value)
    problem = "a value is missing" if node.tag.endswith(":null") else f"{node.tag} is no plain value"
    raise yaml.MarkedYAMLError(problem=f"{problem}; a word, a number, true or false will do", problem_mark=mark)


def _said(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return "a number has too many digits" if "digits" in str(error) else ""


def _yaml_words(error: Exception) -> str:
    if said := _said(error):
        return f"{said}."
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    if isinstance(error, yaml.reader.ReaderError):
        problem = f"it holds a sign that is no text (number {error.character})"
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return f"{place}{problem or str(error).partition(chr(10))[0]}."


# -- both ------------------------------------------------------------------------------------------------------------
def _plain(value: Any, path: str, lines: dict[str, int], name: str) -> None:
    """Only what JSON and the database can hold, whichever way it was written."""
    wrong = ""
    if isinstance(value, dict):
        for key, one in value.items():
            _plain(str(key), f"{path}.{key}" if path else str(key), lines, name)
            _plain(one, f"{path}.{key}" if path else str(key), lines, name)
    elif isinstance(value, list):
        for number, one in enumerate(value, 1):
            _plain(one, f"{path}[{number}]", lines, name)
    elif isinstance(value, str):
        if "\0" in value or any(0xD800 <= ord(sign) <= 0xDFFF for sign in value):
            wrong = "holds a sign that is no text; write it without"
    elif isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            wrong = f"is {value}; a number is asked for"
    elif isinstance(value, int):
        if abs(value) > 10**12:
            wrong = "is too large a number; points and days are smaller"
    else:
        wrong = f"is {value}, a date or time; put it between quotes"
    if wrong:
        raise NotReadable(_placed(f"{path or name} {wrong}.", lines))


def _placed(text: str, lines: dict[str, int]) -> str:
    """The error with the line of the key that it begins with, or of the nearest table above it."""
    whole = [path for path in lines if text.startswith(path) and text[len(path) : len(path) + 1] in " ,:"]
    word = re.match(r"[\w.\[\]-]+", text)
    path = max(whole, key=len) if whole else word[0].rstrip(".") if word else ""
    while path:
        if path in lines:
            return f"Line {lines[path]}: {text}"
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return text


def _ordered(document: dict[str, Any]) -> dict[str, Any]:
    return {key: document[key] for key in sorted(document, key=lambda k: ORDER.index(k) if k in ORDER else len(ORDER))}
