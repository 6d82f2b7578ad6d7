"""Which records are looked at together: those that share a key of which there are few, or two keys of which there are
many. What nearly everybody shares brings nobody together, so the work grows with the records and not with their square.
"""

from array import array
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b

from winnow.studies.people_names import letters_only, root_of
from winnow.studies.spelling import sound
from winnow.studies.values import Record

PAIRS_EACH = 25  # pairs looked at for each record by one key, and by two, at most
MANY = 10_000
IN_A_SHARD = 10_000  # records whose worth of keys is counted and joined at a time
FAMILIES = ("name", "born", "email", "firm", "phone", "line", "number", "postcode", "key", "gender", "region", "city")
_SEVERAL = frozenset(map(FAMILIES.index, ("name", "line", "firm")))
ALL_UP_TO = 250  # so few records are compared each with each
NEIGHBOURS = 8
LARGEST = 60  # records that one key may bring together
_ID_BITS = 24
_KEY_BITS = 40
_BUCKET_BITS = 11


def keys_of(one: Record) -> list[tuple[str, str]]:
    """(family, key) of a record. Keys of one family are different ways to spell one thing, and aren't combined."""
    found: list[tuple[str, str]] = []
    said = one.said
    for role in ("first", "last"):
        for word in said.get(role, "").split()[:3]:
            family = "name"  # not by role: they may have changed places
            found.append((family, "n" + sound(word)))
            found.append((family, "r" + root_of(word)))
            if len(word) > 4:
                found.append((family, "t" + word[-4:]))
    if born := said.get("born"):
        found.append(("born", "b" + born))
        found.append(("born", "s" + "".join(sorted(born))))
        if len(born) == 8:
            found += [("born", "y" + born[:6]), ("born", "m" + born[4:]), ("born", "z" + born[:4] + born[6:])]
    if email := said.get("email"):
        mine, _, _ = email.partition("@")
        found.append(("email", "e" + email))
        found.append(("email", "o" + (letters_only(mine)[:7] or mine)))
        found.append(("email", "w" + letters_only(email)[-11:]))
    if "domain" in said:
        found.append(("firm", "d" + said["domain"]))
    if "phone" in said:
        found.append(("phone", "p" + said["phone"][-7:]))
        found.append(("phone", "P" + said["phone"][-9:-2]))
    for line in one.lines:
        packed = line.replace(" ", "")
        found += [("line", "l" + packed[:6]), ("line", "L" + packed[-6:])]
        found += [("line", "u" + sound(max(line.split(), key=lambda word: (len(word), word))))]
    if one.firm:
        for word in (*one.firm.words[:5], one.firm.joined):
            found += [("firm", "f" + word), ("firm", "q" + sound(word))]
        found += [("firm", "j" + one.firm.joined[:6]), ("firm", "J" + one.firm.joined[-6:])]
        if len(one.firm.words) > 1:
            found.append(("firm", "f" + "".join(word[0] for word in one.firm.words)))
    for role, sign in (("number", "h"), ("postcode", "c"), ("key", "k"), ("gender", "x"), ("region", "g")):
        if role in said:
            found.append((role, sign + said[role]))
    if "city" in said:
        found.append(("city", "i" + sound(said["city"])))
    return list(dict.fromkeys(found))


@lru_cache(maxsize=20_000)
def number_of(key: str) -> int:
    """A key as a number of 40 bits."""
    return int.from_bytes(blake2b(key.encode(), digest_size=_KEY_BITS // 8).digest())


def both_of(one: int, two: int) -> int:
    """The number of two keys together, whichever comes first."""
    low, high = (one, two) if one < two else (two, one)
    return ((low * 0x9E3779B1) ^ (high * 0x85EBCA6B) ^ (high >> 7)) & ((1 << _KEY_BITS) - 1)


def orders_of(records: list[Record]) -> Iterator[list[int]]:
    """The records that say something, sorted by it, from its beginning and from its end."""
    sayings = (
        lambda one: one.firm.joined if one.firm else "",
        lambda one: one.firm.joined[::-1] if one.firm else "",
        lambda one: "".join(sorted((one.said.get("last", ""), one.said.get("first", "")))),
        lambda one: one.said["last"] + one.said.get("first", "") if "last" in one.said else "",
        lambda one: "".join(one.lines[:1]).replace(" ", "") + one.said.get("number", "") if one.lines else "",
        lambda one: one.said.get("email", ""),
    )
    for saying in sayings:
        said = sorted((text, place) for place, text in enumerate(map(saying, records)) if text)
        if said:
            yield [place for _, place in said]


class Candidates:
    """Pairs of places in `records` to look at, each once, in flat memory."""

    def __init__(self, records: list[Record], keys=keys_of):
        self._buckets: dict[int, array] = {}
        if len(records) <= ALL_UP_TO:
            self._add_neighbours(list(range(len(records))), len(records))
            return
        reach = NEIGHBOURS if len(records) <= MANY else 2
        for order in orders_of(records):
            self._add_neighbours(order, reach)
        numbered = [_packed(keys(one)) for one in records]
        shards = 1 + len(records) // IN_A_SHARD
        sizes: Counter[int] = Counter()
        for shard in range(shards):  # a part at a time: all keys at once need more memory than the records
            sizes.update(_borne(numbered, shard, shards).values())
        few, wide = _few(sizes, len(records)), set()
        for shard in range(shards):
            borne = _borne(numbered, shard, shards)
            wide.update(number for number, count in borne.items() if count > few)
            self._join(
                array("Q", (number >> 4 << _ID_BITS | i for i, one in enumerate(numbered) for number in one
                            if 1 < borne.get(number, 0) <= few)),
                few,
            )  # fmt: skip
        for i, one in enumerate(numbered):
            numbered[i] = array("Q", (number for number in one if number in wide))
        del wide, borne
        for shard in range(shards):
            joint = array("Q", (both << _ID_BITS | i for i, shared in enumerate(numbered)
                                for both in _pairs(shared, shard, shards)))  # fmt: skip
            self._join(joint, 0, len(records) // shards)

    def _join(self, packed: array, few: int, among: int = 0) -> None:
        """Pairs of those who share a key, of keys that at most `few` share (0: as many as keeps the work in proportion
        to `among` records). `packed` holds keys with the place of the record in the last bits; it is used up."""
        packed = array("Q", sorted(packed))
        few = few or _few(Counter(end - start for start, end in _runs(packed)), among)
        mask = (1 << _ID_BITS) - 1
        for start, end in _runs(packed):
            if 1 < end - start <= few:
                block = [value & mask for value in packed[start:end]]
                for a, left in enumerate(block):
                    bucket = self._buckets.setdefault(left >> _BUCKET_BITS, array("Q"))
                    bucket.extend(left << _ID_BITS | right for right in block[a + 1 :] if right != left)
        self._once()

    def _add_neighbours(self, order: list[int], reach: int = NEIGHBOURS) -> None:
        """Those beside each other in an order: keeps the spellings together of a firm that is here a hundred times."""
        for place, one in enumerate(order):
            for other in order[place + 1 : place + 1 + reach]:
                left, right = min(one, other), max(one, other)
                self._buckets.setdefault(left >> _BUCKET_BITS, array("Q")).append(left << _ID_BITS | right)
        self._once()

    def _once(self) -> None:
        for place, bucket in self._buckets.items():
            self._buckets[place] = array("Q", sorted(set(bucket)))

    def __len__(self) -> int:
        return sum(map(len, self._buckets.values()))

    def __iter__(self) -> Iterator[tuple[int, int]]:
        mask = (1 << _ID_BITS) - 1
        for place in sorted(self._buckets):
            for value in self._buckets[place]:
                yield value >> _ID_BITS, value & mask


def _runs(packed: array) -> Iterator[tuple[int, int]]:
    """Beginning and end of each stretch of one key."""
    start = 0
    for end in range(1, len(packed) + 1):
        if end == len(packed) or packed[end] >> _ID_BITS != packed[start] >> _ID_BITS:
            yield start, end
            start = end


def _packed(keys: list[tuple[str, str]]) -> array:
    """Keys as numbers, each with its family in the last bits."""
    return array("Q", [number_of(key) << 4 | FAMILIES.index(family) for family, key in keys])


def _pairs(wide: array, shard: int, shards: int) -> Iterator[int]:
    """Pairs of what many share, of one shard: of two families, or of one whose keys may stand for two things."""
    for a, one in enumerate(wide):
        for two in wide[a + 1 :]:
            if (one & 15) != (two & 15) or (one & 15) in _SEVERAL:
                both = both_of(one >> 4, two >> 4)
                if both % shards == shard:
                    yield both


def _borne(numbered: list[array], shard: int, shards: int) -> Counter[int]:
    """How many records bear each key of one shard."""
    return Counter(number for one in numbered for number in one if (number >> 4) % shards == shard)


def _few(sizes: Counter[int], records: int) -> int:
    """How many may share a key that brings them together by itself: so many that the work stays in proportion."""
    total = 0
    for size in range(2, LARGEST + 1):
        total += sizes[size] * size * (size - 1) // 2
        if total > PAIRS_EACH * max(records, 1000):
            return max(size - 1, 4)
    return LARGEST
