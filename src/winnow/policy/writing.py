"""A definition's document as TOML, for people to edit. What `tomllib` reads back is the same document."""

from typing import Any

ORDER = (
    "name", "inquiry", "fit", "score", "bantfo", "account", "lead", "promise", "cadence", "recycling", "reject",
    "scenario", "key_accounts",
)  # fmt: skip
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
WIDTH = 100


def to_toml(document: dict[str, Any]) -> str:
    """The document as TOML. ValueError names a value that TOML has no word for."""
    lines: list[str] = []
    _table(document, (), lines)
    return "\n".join(lines).strip() + "\n"


def _table(table: dict[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    """Plain values first, or they would belong to a table below; then tables, then lists of tables."""
    keys = sorted(table, key=lambda key: (ORDER.index(key) if key in ORDER and not path else len(ORDER), 0))
    plain = [key for key in keys if not _is_table(table[key]) and not _is_tables(table[key])]
    if plain or (path and not table):
        if path:
            lines += ["", f"[{_path(path)}]"]
        lines += [f"{_key(key)} = {_value(table[key], (*path, key))}" for key in plain]
    for key in keys:
        if _is_table(table[key]):
            _table(table[key], (*path, key), lines)
        elif _is_tables(table[key]):
            for row in table[key]:
                lines += ["", f"[[{_path((*path, key))}]]"]
                _row(row, (*path, key), lines)


def _row(row: dict[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    lines += [f"{_key(key)} = {_value(value, (*path, key))}" for key, value in row.items()]


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _path(path: tuple[str, ...]) -> str:
    return ".".join(_key(key) for key in path)


def _key(key: str) -> str:
    return key if key and set(key) <= _PLAIN else _text(key)


def _value(value: Any, path: tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        inside = [_value(one, path) for one in value]
        row = f"[{', '.join(inside)}]"
        return row if len(row) <= WIDTH else f"[\n{_wrapped(inside)},\n]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v, (*path, k))}" for k, v in value.items()) + " }"
    raise ValueError(f"{_path(path)} is {value!r}, which can't be written as TOML.")


def _wrapped(inside: list[str]) -> str:
    lines = [""]
    for one in inside:
        if lines[-1] and len(lines[-1]) + len(one) > WIDTH:
            lines.append("")
        lines[-1] += f"{', ' if lines[-1] else ''}{one}"
    return ",\n".join(f"    {line}" for line in lines)


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def _text(text: str) -> str:
    out = []
    for sign in text:
        if sign in _ESCAPES:
            out.append(_ESCAPES[sign])
        elif ord(sign) < 32 or ord(sign) == 127:
            out.append(f"\\u{ord(sign):04x}")
        else:
            out.append(sign)
    return f'"{"".join(out)}"'
