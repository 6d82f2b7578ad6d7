"""In which encoding a text file is written: by its mark, its zeros, as UTF-8, or guessed by its words.

A guess is always said (`encoding_guessed`) and can be overruled.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from winnow.intake.unreadable import Unreadable

LOOKED_AT = 1_048_576
BLOCK = 262_144
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ONE_BYTE = ("cp1252", "mac_roman", "cp850", "cp1250", "iso8859_2", "iso8859_15", "cp437", "cp1254")
_OTHER_SCRIPTS = (
    "cp1251", "koi8_r", "cp866", "mac_cyrillic", "cp1253", "cp1255", "cp1256",
    "cp932", "euc_jp", "gb18030", "big5", "euc_kr",
)  # fmt: skip
_COMMON = {
    **dict.fromkeys("äöüßÄÖÜéèêëàâçîïôùûñáíóúÉÀÇãõåøæÅØÆ", 3),
    **dict.fromkeys("ÁÍÓÚÑÊÈÂÎÔòìœ", 2),
    **dict.fromkeys("ąćęłńśźżĄĆĘŁŃŚŹŻčďěňřšťůžČĎĚŇŘŠŤŮŽőűŐŰăâîșțğış", 2),
}
_PAIRED = re.compile(rb"(?:\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf])+")
_PRINTED = re.compile(rb"[\x20-\x7e\r\n\t]+")
_LOOSE = frozenset("’‘“”„–—…•€£§°²³®©™«»º ·½¼¾×¿¡ªº")


@dataclass(frozen=True)
class Encoding:
    name: str
    mark: int = 0
    """Bytes of the byte order mark in front."""
    guessed: str = ""
    """What the guess rests on; empty when nothing was guessed."""


def detect(path: Path) -> Encoding:
    """The encoding of a file, from its first megabyte. Later surprises are mended row by row."""
    with path.open("rb") as file:
        head = file.read(LOOKED_AT)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name, len(mark))
    if name := _widest(head):
        return Encoding(name, 0, "three of four bytes are zero and there is no byte order mark")
    if name := _wide(head):
        return Encoding(name, 0, "every other byte is zero and there is no byte order mark")
    return _narrow(head)


def named(path: Path, name: str) -> Encoding:
    """The encoding that somebody asked for; a mark in front is skipped if it is that encoding's own."""
    try:
        canonical = codecs.lookup(name).name
        "".encode(canonical)
    except (LookupError, TypeError, ValueError, UnicodeError):
        reason = f"there is no encoding named {name!r}"
        raise Unreadable(path.name, reason, "try utf-8, cp1252 or utf-16") from None
    if canonical in ("utf-16", "utf-32", "utf-8-sig", "utf-8"):
        found = detect(path)
        if found.name.startswith(canonical.removesuffix("-sig")):
            return Encoding(found.name, found.mark)
        return Encoding({"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(canonical, "utf-8"))
    with path.open("rb") as file:
        head = file.read(4)
    mark = next((len(mark) for mark, own in _MARKS if own == canonical and head.startswith(mark)), 0)
    return Encoding(canonical, mark)


def _widest(head: bytes) -> str:
    """UTF-32 without a mark: of each four bytes one end is zero, and nearly all of what stands beside it."""
    head = head[: min(len(head), 65_536) // 4 * 4]
    if len(head) < 8 or head.count(0) < len(head) // 2:
        return ""
    for name, top, next_to_it in (("utf-32-le", 3, 2), ("utf-32-be", 0, 1)):
        tops, nexts = head[top::4], head[next_to_it::4]
        if not tops.strip(b"\0") and nexts.count(0) >= 0.9 * len(nexts) and _decodes(head, name):
            return name
    return ""


_PLAIN_LINE = re.compile(rb"[\x20-\x7e\x80-\xff\t]{3,}\r?\n[\x20-\x7e\x80-\xff\t]")


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: zeros at one parity only, or line ends and commas that are two bytes wide."""
    head = head[: len(head) // 2 * 2]
    if len(head) < 4 or b"\0" not in head:
        return ""
    if _PLAIN_LINE.match(head[: head.index(0)]) and head[: head.index(0)].count(b"\n") > 1:
        return ""  # lines of single bytes stand in front: two files were put one behind the other
    even, odd = head[0::2], head[1::2]
    for name, low, high in (("utf-16-le", even, odd), ("utf-16-be", odd, even)):
        zeros, others = high.count(0), low.count(0)
        if others > 0.02 * len(low) or not zeros or not _decodes(head, name):
            continue
        # Some zeros in a file of single bytes don't make it wide: there the line ends are one byte.
        ends = head.count(b"\n")
        wide = sum(1 for a, b in zip(low, high, strict=True) if b == 0 and a == 10)
        if zeros > 0.2 * len(high) and wide >= 0.9 * ends:
            return name
        # Greek or Chinese has hardly any zeros, and hardly any bytes that would be text by themselves.
        if wide and len(_PRINTED.sub(b"", head)) > 0.3 * len(head):
            return name
    return ""


def _decodes(data: bytes, name: str) -> bool:
    try:
        codecs.getincrementaldecoder(name)().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def _narrow(head: bytes) -> Encoding:
    if head.isascii():
        return Encoding("utf-8")
    good, bad, cut = _utf8_letters(head)
    if not bad or (cut and bad == 1 and good) or not _utf8_letters(_PAIRED.sub(b"", head))[1]:
        return Encoding("utf-8")
    if good > 4 * bad or _has_whole_lines(head):
        # A UTF-8 file into which some rows of another kind were pasted: mended row by row.
        return Encoding("utf-8")
    name, sample = _guess(head)
    return Encoding(name, 0, f"it is not UTF-8; read so, it has {sample}" if sample else "it is not UTF-8")


def _utf8_letters(head: bytes) -> tuple[int, int, bool]:
    """How many letters are proper UTF-8, how many places are not, and whether the last is just cut off."""
    text = head.decode("utf-8", "surrogateescape")
    bad = len(re.findall("[\udc80-\udcff]+", text))
    good = sum(1 for c in text if c > "\x7f" and not "\udc80" <= c <= "\udcff")
    tail = re.search("[\udc80-\udcff]{1,3}$", text)
    return good, bad, bool(tail)


def _has_whole_lines(head: bytes) -> bool:
    """Whether a fair part of the lines with letters beyond ASCII are proper UTF-8: by chance hardly one would be."""
    lines = [line for line in head.splitlines()[:20_000] if not line.isascii()]
    whole = 0
    for line in lines:
        try:
            whole += bool(line.decode())
        except UnicodeDecodeError:
            continue
    return whole >= max(3, len(lines) // 4)


def _guess(head: bytes) -> tuple[str, str]:
    words = [word for word in re.findall(rb"[A-Za-z\x80-\xff'-]+", head) if not word.isascii()]
    words = [word[:60] for word in dict.fromkeys(words)][:3000]
    high = sum(1 for word in words for byte in word if byte > 127)
    low = sum(1 for word in words for byte in word if byte < 128)
    if high > 1.5 * low and high > 12 and (name := _other_script(head)):
        return name, _sample(words, name)
    scores = {name: sum(_plausible(word, name) for word in words) for name in _ONE_BYTE}
    best = max(_ONE_BYTE, key=scores.__getitem__)
    if scores[best] < 2.6 * high and high > 3 and (name := _east_asian(head)):
        return name, _sample(words, name)
    if best == "cp1252" and _is_hungarian(b" ".join(words).decode("cp1252", "replace")):
        best = "cp1250"
    return best, _sample(words, best)


def _is_hungarian(text: str) -> bool:
    """Its long vowels with two strokes stand where the West has `õ` and `û`, and no other letters of the West do."""
    letters = {c for c in text.lower() if c > "\x7f"}
    odd = len(re.findall("û|õ(?![es])", text.lower()))
    return odd > 0 and letters <= set("áéíóöõúüû–„”’")


_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uff00-\uffef\u3000-\u303f\uac00-\ud7a3]")


def _east_asian(head: bytes) -> str:
    """A file too short for statistics: it decodes wholly, to letters of one script and nothing odd."""
    lines = b"\n".join([line for line in head[:65_536].splitlines() if not line.isascii()][:400])
    best, most = "", 0.0
    for name in ("cp932", "gb18030", "euc_kr", "big5", "euc_jp"):
        try:
            text = lines.decode(name)
        except UnicodeDecodeError:
            continue
        beyond = [c for c in text if c > "\x7f"]
        share = sum(bool(_CJK.match(c)) and not "\uff61" <= c <= "\uff9f" for c in beyond) / max(1, len(beyond))
        if len(beyond) < 1.5 * len(re.findall(r"[^\x00-\x7f]+", text)):
            continue  # single signs between Latin letters: an accent and what follows it
        # Kana and Hangul are told from Chinese; among Chinese the commonest signs are.
        share += 0.2 * sum("\u3040" <= c <= "\u30ff" or c in _FREQUENT for c in beyond) / max(1, len(beyond))
        if share > 0.9 and share > most:
            best, most = name, share
    return best


_FREQUENT = frozenset("名前備考会社電話住所山田中本大小東京都市県区町村三十的是在有人公司姓北上海王李张刘陳林")


def _other_script(head: bytes) -> str:
    from charset_normalizer import from_bytes

    lines = [line for line in head[:65_536].splitlines() if not line.isascii()][:400]
    found = from_bytes(b"\n".join(lines), cp_isolation=list(_OTHER_SCRIPTS)).best()
    return found.encoding if found else ""


def _plausible(word: bytes, name: str) -> int:
    """How much a word with letters beyond ASCII looks like one when read so."""
    text = word.decode(name, "replace")
    score = 0
    for i, char in enumerate(text):
        if char < "\x80":
            continue
        before, after = text[i - 1 : i] if i else "", text[i + 1 : i + 2]
        inside = before.isalpha() and after.isalpha()
        if char == "\ufffd" or "\x80" <= char < "\xa0":
            score -= 10
        elif char in _LOOSE:
            score += 1 if not inside or char in "’·" else -2
        elif char.isalpha():
            score += _COMMON.get(char, 0)
            if char.isupper() and before.islower():
                score -= 5
        else:
            score -= 3
    return score


def _sample(words: list[bytes], name: str) -> str:
    shown = [word.decode(name, "replace") for word in words]
    shown.sort(key=lambda word: (-min(len(word), 12), word))
    return ", ".join(repr(word[:30]) for word in shown[:3])


def text_blocks(path: Path, encoding: Encoding) -> Iterator[tuple[str, bool]]:
    """The text in blocks of bounded size, each with whether it holds bytes that the encoding doesn't know.

    Such bytes come as surrogates (`mend` turns them into letters), or as U+FFFD in the wide encodings.
    """
    name = "utf-8" if encoding.name == "utf-8-sig" else encoding.name
    wide = name.startswith(("utf-16", "utf-32"))
    strict = codecs.getincrementaldecoder(name)("strict")
    lenient = codecs.getincrementaldecoder(name)("replace" if wide else "surrogateescape")
    with path.open("rb") as file:
        file.seek(encoding.mark)
        while True:
            data = file.read(BLOCK)
            state = strict.getstate()
            try:
                text, damaged = strict.decode(data, final=not data), False
            except UnicodeDecodeError:
                lenient.setstate(state)
                text, damaged = lenient.decode(data, final=not data), True
                strict.setstate(lenient.getstate())
            if text:
                yield text, damaged
            if not data:
                return


STRAY = re.compile("[\udc80-\udcff]+")


def mend(text: str) -> str:
    """Letters for the bytes that weren't of the file's encoding, as Windows wrote them in the West."""
    return STRAY.sub(lambda found: _western(found[0].encode("utf-8", "surrogateescape")), text)


def _western(data: bytes) -> str:
    if _PAIRED.fullmatch(data):  # as Java and some databases write letters beyond the first 65,536
        return data.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")
