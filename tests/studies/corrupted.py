"""Invented people of invented firms, some of them written down again with slips; the truth is known.

Hard on purpose: common names at different firms, colleagues who share a switchboard, a domain and a street, brothers in
one firm, masked cells, and people who changed the firm and with it address and telephone.
"""

import random


def _listed(text: str) -> list[str]:
    return text.split()


FIRST = _listed("""
    Robert William Elizabeth Margaret Katherine Michael Thomas Andreas Susanne Wolfgang Johannes Christine
    Stefan Alexander Alexandra Matthias Friedrich Ulrike Nicholas Anthony Patricia Jennifer Daniel Samuel
    Benjamin Edward Charlotte Laura Julia Sophie Anna Maria Peter Martin Paul Simon Mark Eva Nina Olga Ivan
    Pierre Chloe Luis Carmen Giulia Marco Hiroshi Aisha Omar Fatima Chen Priya Arjun Ingrid Lars Sven Astrid
""")
CALLED = {
    "Robert": "Bob", "William": "Bill", "Elizabeth": "Liz", "Margaret": "Peggy", "Katherine": "Kate",
    "Michael": "Mike", "Thomas": "Tom", "Andreas": "Andi", "Susanne": "Susi", "Wolfgang": "Wolf", "Johannes": "Hans",
    "Christine": "Tina", "Alexander": "Alex", "Matthias": "Matze", "Friedrich": "Fritz", "Ulrike": "Uli",
    "Nicholas": "Nick", "Anthony": "Tony", "Patricia": "Pat", "Jennifer": "Jen", "Daniel": "Dan", "Samuel": "Sam",
    "Benjamin": "Ben", "Edward": "Ted", "Charlotte": "Lotte",
}  # fmt: skip
COMMON = ["Smith", "Jones", "Müller", "Schmidt", "Meyer", "Garcia", "Martin", "Rossi", "Nguyen", "Khan"]
SYLLABLES = _listed("""
    ba den ker lin mo ro sta ver wil zo han der fel gra hol jan kes lor mar nor pel ris sun tor ul van
""")
CITIES = _listed("""
    Berlin Hamburg Köln Leeds Bristol Lyon Nantes Madrid Bilbao Torino Utrecht Gent Graz Basel Malmö
""")
WORDS = _listed("Logistik Software Maschinenbau Foods Medical Systems Consulting Textil Energie Print")
FORMS = ["GmbH", "AG", "Ltd", "Inc.", "SAS", "B.V.", "S.p.A."]
TITLES = ["Head of Marketing", "CEO", "Buyer", "Sales Manager", "IT Administrator", "Geschäftsführer", "Engineer"]


def people(count: int, seed: int) -> list[dict[str, str]]:
    """Rows with `id` and `who`; about every second person is there more than once."""
    dice = random.Random(seed)
    firms = [_firm(dice) for _ in range(max(count // 4, 3))]
    rows = []
    for who in range(count):
        firm = dice.choice(firms)
        one = _person(dice, firm)
        rows.append(one | {"who": str(who)})
        for _ in range(dice.choice((0, 0, 0, 1, 1, 2, 3))):
            rows.append(_again(dice, one, firms) | {"who": str(who)})
    dice.shuffle(rows)
    return [{"id": str(number), **row} for number, row in enumerate(rows)]


def _word(dice: random.Random, least: int = 2, most: int = 3) -> str:
    return "".join(dice.choice(SYLLABLES) for _ in range(dice.randint(least, most))).capitalize()


def _firm(dice: random.Random) -> dict[str, str]:
    name = _word(dice)
    return {
        "company": f"{name} {dice.choice(WORDS)} {dice.choice(FORMS)}", "domain": f"{name.lower()}.example",
        "phone": f"+49 {dice.randint(30, 99)} {dice.randint(1000000, 9999999)}", "city": dice.choice(CITIES),
        "street": f"{_word(dice)}straße {dice.randint(1, 120)}", "postcode": str(dice.randint(10000, 99999)),
    }  # fmt: skip


def _person(dice: random.Random, firm: dict[str, str]) -> dict[str, str]:
    first = dice.choice(FIRST)
    last = dice.choice(COMMON) if dice.random() < 0.25 else _word(dice)
    own = dice.random() < 0.5
    return {
        "first_name": first, "last_name": last, "company": firm["company"],
        "email": f"{first[0].lower()}.{last.lower()}@{firm['domain']}",
        "phone": f"{firm['phone']}-{dice.randint(10, 999)}" if own else firm["phone"], "title": dice.choice(TITLES),
        "street": firm["street"], "postcode": firm["postcode"], "city": firm["city"],
    }  # fmt: skip


def _again(dice: random.Random, one: dict[str, str], firms: list[dict[str, str]]) -> dict[str, str]:
    row = dict(one)
    if dice.random() < 0.12:  # at another firm now, with a telephone of their own that went along
        firm = dice.choice(firms)
        row |= {name: firm[name] for name in ("company", "street", "postcode", "city")}
        row["email"] = f"{row['first_name'][0].lower()}.{row['last_name'].lower()}@{firm['domain']}"
        row["title"] = dice.choice(TITLES)
    if dice.random() < 0.25:
        row["first_name"] = CALLED.get(row["first_name"], row["first_name"])
    if dice.random() < 0.08:
        row["first_name"], row["last_name"] = row["last_name"], row["first_name"]
    if dice.random() < 0.06:
        row["first_name"] = row["first_name"][0] + "."
    if dice.random() < 0.3:
        row["company"] = row["company"].rsplit(" ", 1)[0]
    for name in ("first_name", "last_name", "email", "company", "street", "city"):
        if row[name] and dice.random() < 0.12:
            row[name] = slip(dice, row[name])
    for name, often in (("email", 0.3), ("phone", 0.35), ("title", 0.4), ("street", 0.4), ("postcode", 0.3),
                        ("company", 0.15), ("first_name", 0.04), ("city", 0.2)):  # fmt: skip
        if dice.random() < often:
            row[name] = dice.choice(("", "", "n/a", "XXXXXXX"))
    return row


def slip(dice: random.Random, text: str) -> str:
    """One letter left out, doubled, changed or in the wrong place."""
    at = dice.randrange(len(text))
    kind = dice.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2:
        return text[:at] + dice.choice("abcdefghijklmnopqrstuvwxyz") + text[at + 1 :]
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]


def firms(names: list[str], seed: int) -> list[dict[str, str]]:
    """Names of different firms, each also as others would write it, with `id`, `who` and `name`."""
    dice = random.Random(seed)
    rows = []
    for who, name in enumerate(names):
        rows.append({"who": str(who), "name": name})
        for _ in range(dice.choice((0, 0, 1, 1, 2, 4))):
            rows.append({"who": str(who), "name": _firm_again(dice, name)})
    dice.shuffle(rows)
    return [{"id": str(number), **row} for number, row in enumerate(rows)]


def _firm_again(dice: random.Random, name: str) -> str:
    plain = name
    for form in (" Inc.", " Corporation", " Company", " plc", " Corp.", ", Inc.", " Ltd.", " & Co."):
        plain = plain.removesuffix(form)
    text = plain
    if dice.random() < 0.3 and len(text) > 6:
        text = slip(dice, text)
    if dice.random() < 0.15:
        words = text.split()
        text = " ".join(words[1:] + words[:1])
    if dice.random() < 0.1:
        text = text.replace(" ", "", 1)
    if dice.random() < 0.3:
        text = text.upper()
    for full, short in (("International", "Intl"), ("Technologies", "Tech."), ("Holdings", "Hldgs"), ("and", "&")):
        if dice.random() < 0.5:
            text = text.replace(full, short)
    return text + dice.choice(("", " Inc.", ", Inc.", " Corp.", " CORPORATION", " Co., Ltd.", " LLC", " plc"))
