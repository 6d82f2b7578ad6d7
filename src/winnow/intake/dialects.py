"""How a text file tells its cells apart: delimiter, quotes, line ends, found by trying and looking at what comes out.

After the idea of "consistency" (van den Burg, Nazábal, Sutton: Wrangling messy CSV files, 2019): the right
dialect gives rows of one width whose cells look like something.
"""

import csv
import re
from collections import Counter

from winnow.intake.delimited import NO_DELIMITER, Dialect
from winnow.intake.feeding import lines_of
from winnow.intake.fields import KNOWN_FIELDS, likeness, plain
from winnow.intake.kinds import kind_of

MOST_LINES = 400
_USUAL = (",", ";", "\t", "|")
_RARE = ("||", "::", "~|~", "^", "~", "\x1e", "\x01", "§", "¦", ":", "#", " ", "/", "*", "$")
_LONGER = ("|~|", "|^|", "|*|", "|;|", "|,|", "|#|", ":::", "\t|\t", ";|;", "^|^", "~^~", "<|>", "[|]", "$|$", "@|@")
_BY_NAME = {".tsv": "\t", ".tab": "\t", ".psv": "|"}
_SEP = re.compile(r"\"?sep=(.)\"?[ \t]*(\r\n|\n|\r|$)", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}(:\d\d){1,2}")
_QUOTED = re.compile(r'"[^"]{0,2000}"')


def find_dialect(text: str, suffix: str = "", delimiter: str | None = None, quote: str | None = None):
    """The dialect of a file that begins with `text` (whole lines), and whether it has one column only.

    `delimiter` and `quote` overrule what is found.
    """
    first_line = 1
    if found := _SEP.match(text):
        text, first_line = text[found.end() :], 2
        if found[1] in text[:65_536] or not any(usual in text[:65_536] for usual in _USUAL):
            delimiter = delimiter or found[1]
    newline = find_newline(text)
    lines = [line for line in lines_of(text, newline)[: MOST_LINES * 4] if line.strip()][:MOST_LINES]
    quotechar = quote if quote is not None else find_quote(text)
    if delimiter is None:
        delimiter = _find_delimiter(lines, quotechar, suffix.lower())
        if delimiter is None and (edges := _find_edges(lines)):
            return Dialect(" ", "", newline=newline, first_line=first_line, edges=edges), False
    separator = delimiter or NO_DELIMITER
    dialect = Dialect(
        delimiter or ",",
        quotechar,
        escapechar=_find_escape(lines, separator, quotechar),
        newline=newline,
        skip_space=_has_spaces_behind(lines, separator, quotechar),
        first_line=first_line,
    )
    return dialect, delimiter is None


def find_newline(text: str) -> str:
    bare = _QUOTED.sub("", text)
    pairs = bare.count("\r\n")
    feeds, returns = bare.count("\n") - pairs, bare.count("\r") - pairs
    if not pairs and not feeds:
        return "\r" if returns else "\r\n" if "\r\n" in text else "\n"
    if returns > 0.1 * (pairs + feeds + returns):
        return "mixed"
    return "\r\n" if pairs > feeds else "\n"


def find_quote(text: str) -> str:
    """Single quotes only where cells begin and end with them all the time and double ones are not used so."""
    if '"' in text:
        return '"'
    whole = re.findall(r"(?:^|[,;\t|])'(?:[^'\r\n]|'')*'(?=[,;\t|\r\n]|$)", text[:65_536], re.MULTILINE)
    return "'" if len(whole) >= 3 and len(whole) * 2 > text[:65_536].replace("''", "").count("'") * 0.8 else '"'


def numbered_rows(text: str, dialect: Dialect, one_column: bool):
    """The rows of a sample with the lines they begin in, leniently."""
    lines = lines_of(text, dialect.newline)
    if dialect.edges:
        ends = [*dialect.edges[1:], None]
        for number, line in enumerate(lines, start=1):
            yield number, [line[a:b].strip() for a, b in zip(dialect.edges, ends, strict=True)]
        return
    delimiter = NO_DELIMITER if one_column else dialect.delimiter
    number, skipped = 1, 0
    reader = _reader(lines, delimiter, dialect.quotechar, dialect.escapechar, dialect.skip_space)
    while True:
        try:
            for row in reader:
                last = skipped + reader.line_num
                if last > number and _is_left_open(lines[number - 1 : last], dialect):
                    # A quote that never closes: the line alone, and the rest by itself.
                    row = next(_reader(lines[number - 1 : number], delimiter, "", "", dialect.skip_space), [])
                    row, last, skipped = [cell.strip(dialect.quotechar) for cell in row], number, number
                    own = (dialect.quotechar, dialect.escapechar, dialect.skip_space)
                    reader = _reader(lines[skipped:], delimiter, *own)
                if number >= dialect.first_line:
                    yield number, row
                number = last + 1
                if last == skipped:
                    break
            else:
                return
        except csv.Error:
            number = skipped + reader.line_num + 1


def _is_left_open(lines, dialect: Dialect) -> bool:
    """Whether the quotes of a row don't close before the sample ends."""
    quote = dialect.quotechar
    return bool(quote) and not dialect.escapechar and sum(line.count(quote) for line in lines) % 2 == 1


def _reader(lines, delimiter, quotechar, escapechar="", skip_space=False, strict=False):
    if len(delimiter) > 1:
        lines, delimiter = [line.replace(delimiter, NO_DELIMITER) for line in lines], NO_DELIMITER
    return csv.reader(
        lines,
        delimiter=delimiter,
        quotechar=quotechar or None,
        quoting=csv.QUOTE_MINIMAL if quotechar else csv.QUOTE_NONE,
        escapechar=escapechar or None,
        skipinitialspace=skip_space,
        strict=strict,
    )


def _cells(lines, delimiter, quotechar, skip_space) -> list[list[str]]:
    reader, found = _reader(lines, delimiter, quotechar, skip_space=skip_space), []
    while True:
        try:
            found.extend(reader)
            return found
        except csv.Error:
            continue


def _find_delimiter(lines, quotechar, suffix) -> str | None:
    best, most = None, 0.0
    # A list of dates, times or numbers is one column, whatever stands inside them.
    candidates = _USUAL if sum(map(_is_one_cell, lines[1:])) > 0.8 * len(lines[1:]) else (*_USUAL, *_RARE)
    for delimiter in candidates:
        if not any(delimiter in line for line in lines):
            continue
        score = _score(_cells(lines, delimiter, quotechar, skip_space=delimiter != "\t"), delimiter, len(lines))
        if _BY_NAME.get(suffix) == delimiter:
            score *= 1.5
        if score > most + 1e-9:
            best, most = delimiter, score
    if best is None:  # rows of all widths: then the names in the first line tell
        return next((one for one in _USUAL if lines and _names_columns(lines[0], one, quotechar)), None)
    for longer in (best * 3, best * 2, *(one for one in _LONGER if best in one and one != best)):
        if all(best not in line.replace(longer, "") for line in lines):
            return longer
    return best


def _names_columns(line: str, delimiter: str, quotechar: str) -> bool:
    """Whether most of the cells of a line, three or more, are names that columns have."""
    cells = [plain(cell) for row in _cells([line], delimiter, quotechar, True) for cell in row]
    known = sum(any(likeness(field, cell) >= 90 for field in KNOWN_FIELDS) for cell in cells if cell)
    return (len(cells) >= 3 and known * 3 >= len(cells) * 2) or known == len(cells) == 2


def _is_one_cell(line: str) -> bool:
    line = line.strip()
    kind = kind_of(line)
    return kind not in ("text", "phone") or (kind == "phone" and line[0] in "+0(") or bool(_CLOCK.fullmatch(line))


def _score(rows, delimiter, lines) -> float:
    """Share of rows of one width, times how much their cells look like something, times how far they are cut."""
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        return 0.0
    widths = Counter(len(row) for row in rows)
    width, count = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    if width < 2:
        return 0.0
    share = count / len(rows)
    if delimiter not in _USUAL:
        # Colons, blanks and slashes stand in ordinary text: only a table without an exception counts.
        if share < 1 or len(rows) < 3 or len(rows) < 0.8 * lines:
            return 0.0
    elif share < (0.3 if width > 2 else 0.7) and not _begins_late(rows, width):
        return 0.0
    looks = [_look(cell, delimiter) for row in rows if len(row) == width for cell in row][:4000]
    typed = sum(looks) / len(looks)
    if delimiter not in _USUAL:
        typed *= 0.7 if delimiter in ("||", "::", "~|~", "^", "~", "\x1e", "\x01", "§", "¦") else 0.4
        if delimiter in (" ", "/", ":", "*", "#", "$") and not _sure(rows, width):
            return 0.0
    return share * typed * (width - 1) / width


def _begins_late(rows, width) -> bool:
    """Whether from some row on all have this width, and a column of numbers, dates or addresses: notes stand above."""
    first = next(i for i, row in enumerate(rows) if len(row) == width)
    below = rows[first + 1 :]
    if len(below) < 2 or any(len(row) != width for row in below):
        return False
    return any(all(kind_of(row[i]) not in ("text", "missing", "masked") for row in below) for i in range(width))


def _look(cell: str, delimiter: str) -> float:
    cell = cell.strip()
    if not cell:
        return 0.6
    if kind_of(cell) not in ("text", "missing", "masked"):
        return 1.0
    if any(other in cell for other in _USUAL if other not in (",", delimiter)):
        return 0.2
    if cell.count('"') % 2:
        return 0.1
    return 0.7 if "," in cell else 0.9


def _sure(rows, width) -> bool:
    """Whether half of the columns hold numbers or dates below the first row, or all cells are single words."""
    if width < 3:
        return False
    kinds = ("integer", "decimal", "date", "email", "url")
    typed = sum(all(kind_of(row[i]) in kinds for row in rows[1:]) for i in range(width))
    return typed * 2 >= width or all(cell and " " not in cell for row in rows for cell in row)


def _find_edges(lines) -> tuple[int, ...]:
    """Where columns begin that spaces align: gaps of two blanks or more that run through all the lines."""
    lines = [line.rstrip("\r\n") for line in lines]
    if len(lines) < 3 or any("\t" in line for line in lines):
        return ()
    longest = max(map(len, lines))
    if longest > 2000:
        return ()
    used = [any(line[i : i + 1].strip() for line in lines) for i in range(longest)]
    edges = [i for i in range(longest) if used[i] and not any(used[max(0, i - 2) : i])]
    # One blank is enough where the header, or a rule below it, shows that a column begins there.
    shown = {found.start() for found in re.finditer(r"(?<!\S)(?<!\S )\S", lines[0])}
    if set(lines[1]) <= set("-= "):
        shown |= {found.start() for found in re.finditer(r"(?<!\S)\S", lines[1])}
    edges = sorted({*edges, *(i for i in shown if i and used[i] and not used[i - 1])})
    ends = [*edges[1:], None]
    filled = [sum(bool(line[a:b].strip()) for a, b in zip(edges, ends, strict=True)) for line in lines]
    return tuple(edges) if len(edges) > 1 and sum(n > 1 for n in filled) >= 0.9 * len(lines) else ()


def _find_escape(lines, delimiter, quotechar) -> str:
    """A backslash, if quotes inside quotes make sense only with it."""
    if not quotechar or not any("\\" + quotechar in line for line in lines):
        return ""
    plain, escaped = (_complaints(lines, delimiter, quotechar, escape) for escape in ("", "\\"))
    return "\\" if escaped < plain else ""


def _complaints(lines, delimiter, quotechar, escapechar) -> int:
    reader, count = _reader(lines, delimiter, quotechar, escapechar, skip_space=True, strict=True), 0
    while True:
        try:
            for _ in reader:
                pass
            return count
        except csv.Error:
            count += 1


def _has_spaces_behind(lines, delimiter, quotechar) -> bool:
    """Whether blanks behind a delimiter belong to it: quotes follow them, or nearly all the cells begin so."""
    if delimiter in (" ", "\t", NO_DELIMITER):
        return False
    behind = [cell for row in _cells(lines, delimiter, quotechar, False) for cell in row[1:] if cell]
    spaced = [cell for cell in behind if cell[0] == " "]
    if quotechar and any(cell.lstrip(" ").startswith(quotechar) for cell in spaced):
        return True
    return len(spaced) >= 0.8 * len(behind) > 0
