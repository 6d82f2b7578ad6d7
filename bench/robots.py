"""Made-up visitors of a form for bench_robots.py and a test: people of many kinds, and robots from plain to clever.

Nothing here is read by the product, and it knows nothing of how the product judges.
"""

import hashlib
import json
import random
from dataclasses import dataclass, field

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 "
    "Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile "
    "Safari/537.36",
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_{v} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.{v} Mobile/15E148 Safari/604.1"
)
LANGUAGES = (
    "en-GB,en;q=0.9",
    "en-US,en;q=0.9",
    "de-DE,de;q=0.9,en;q=0.8",
    "fr-FR,fr;q=0.9",
    "es-ES,es;q=0.8,en;q=0.5",
    "pl-PL,pl;q=0.9",
    "nl-NL,nl;q=0.9,en;q=0.7",
)


@dataclass
class Visit:
    """One visit: what is typed, how long it takes, from where, with which browser. `proof`: none, solved or wrong."""

    kind: str
    person: bool
    fields: dict
    wait: float = 20.0
    address: str = "203.0.113.9"
    headers: dict = field(default_factory=dict)
    looks: bool = True  # whether it opens the form at all
    trap: str = ""
    proof: str = "none"
    hand: dict | None = None
    again: int = 0  # how often it uses one note


def solve(note: str, puzzles: int, bits: int) -> str:
    """The numbers of the proof of work."""
    seed, found = hashlib.sha256(note.encode()).hexdigest(), []
    for place in range(puzzles):
        number = 0
        while int.from_bytes(hashlib.sha256(f"{seed}{place}:{number}".encode()).digest()[:4]) >> (32 - bits):
            number += 1
        found.append(str(number))
    return ",".join(found)


def browser(dice: random.Random, *, complete: bool = True) -> dict:
    """Headers of a browser; an incomplete set is what a program with a borrowed name sends."""
    sort, v = dice.choice("cccccfs"), dice.randint(118, 131)
    agent = (
        dice.choice(CHROME).format(v=v)
        if sort == "c"
        else FIREFOX.format(v=v)
        if sort == "f"
        else SAFARI.format(v=dice.randint(1, 7))
    )
    found = {"User-Agent": agent}
    if not complete:
        return found
    found |= {
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
        "Accept-Language": dice.choice(LANGUAGES),
        "Accept-Encoding": "gzip, deflate, br",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Site": "same-origin",
        "Sec-Fetch-Dest": "document",
        "Upgrade-Insecure-Requests": "1",
    }
    if sort == "c":
        found["Sec-Ch-Ua"] = f'"Chromium";v="{v}", "Google Chrome";v="{v}", "Not=A?Brand";v="24"'
    return found


def hand_of_person(
    dice: random.Random, fields: dict, wait: float, *, touch=False, keyboard=False, pasted=0, itself=0
):
    """What the page counts when somebody fills the form in by hand."""
    typed = sum(len(str(value)) for value in fields.values())
    if itself or pasted:
        typed = min(typed, 25)
    keys = 0 if touch else typed + dice.randint(2, 12) + (len(fields) * 2 if keyboard else 0)
    mean = dice.randint(90, 260)
    return {
        "o": int(wait * 1000) - dice.randint(40, 400),
        "w": 0,
        "k": keys,
        "i": typed,
        "p": pasted,
        "a": itself,
        "x": 0,
        "f": len([value for value in fields.values() if value]),
        "m": 0 if touch or keyboard else dice.randint(15, 400),
        "c": 0 if keyboard else dice.randint(3, 9),
        "t": dice.randint(4, 12) if touch else 0,
        "b": [mean, int(mean * dice.uniform(0.4, 1.3))],
    }


# -- people -----------------------------------------------------------------------------------------------------------
NAMES = """Ann Lee|Bob Ray|Øystein Bjørnstad|Krzysztof Szczęsny|Nguyễn Thị Hương|Ng Wei|Jürgen Müller-Lüdenscheidt|
Siobhán O'Brien|Хрущёв Никита|王 小明|田中 花子|김 민준|Γιώργος Παπαδόπουλος|محمد الحسن|María José Carreño Quiñones|
Xavier Dupont de Ligonnès|Þórður Guðmundsson|Zbigniew Brzęczyszczykiewicz|Li Na|Aoife Ní Bhriain|Vlk Strč|Hrvoje Krk|
Anne-Marie van der Berg|Bjarne McDonald|DeShawn LaRue|Tamás Őry|Ólafur Þór|Ivo Skřivánek|Fatma Çelik|Sven Schmidt|
Eva Grünwald|Mark Twain|Lucía Fernández|Giulia Bianchi|Pekka Hyvärinen|Jan de Vries|Oluwaseun Adébáyọ̀|
Priya Subramanian|Mohammed Abd-el-Rahman|Schtscherbakow Lew|Rhys Llwyd|Peter Pan|Katarzyna Wójcik|Thi Ho|
Bo Ek|John Smith|Mary Smith|
Petra Vogt|Luca Rossi|Claire Petit|Hans Huber|Rosa Klein|Emil Nolde|Otto Normal|Ida Berg|Nils Holm|Tom Baker|
Sue Storm"""
COMPANIES = """Halmwerk|Nordic Mills AB|Bäckerei Huber|Grain & Co|Acme|SZKŁO Sp. z o.o.|株式会社山田|ООО Мельница|
Müller KG|XQTZ GmbH|3M|Krk d.o.o.|Moulins Petit|IT-NRW|HSBC|Brot und Korn eG|Lake Feeds|Riso Scotti|
Agro-Vet|Stonehenge Flour"""
MESSAGES = """Which mill suits rye? We grind about two tonnes a day.|
Could you call me before Friday? I am at the fair afterwards.|
Bitte um ein Angebot für zwei Walzenstühle, Lieferung nach Graz.|
Nous cherchons un moulin pour une boulangerie artisanale à Lyon, environ 400 kg par jour.|
Quisiera saber el plazo de entrega y si hay servicio técnico en Valencia.|
price list pls|Hi|thanks!|Do you have spare parts for the MX-200 from 1998?|
我们想了解贵公司的产品价格和交货时间。|見積もりをお願いします。月に五十トンほど使います。|
Здравствуйте, нужна мельница для ржи, примерно пять тонн в сутки.|
Your colleague Sam gave me a leaflet in Hanover; the second page speaks of a leasing rate. Is that for new ones only?|
We had a breakdown yesterday and need a replacement motor, type plate attached to my mail. How fast can you deliver?|
Are you the same company that was called Kornkraft before?|Ich möchte den Newsletter nicht mehr, nur die Preisliste.|
Our auditor asks for the declaration of conformity of machine 4711. Who can send it?|
Is it true that the small one runs on 230 V? My kitchen has no three-phase current.|
What does the maintenance contract cost for three sites, and does it cover sieves?|
Mamy młyn z 1987 roku i szukamy części zamiennych do odsiewacza.|
Per favore mandatemi il catalogo, siamo un mulino a Parma con otto dipendenti.|
Wij zoeken een molen voor spelt, graag een afspraak in week 12.|
I teach at a bakery school; could forty pupils visit your works in May?|
We compare three makers at the moment and decide in March; the board wants references from Scandinavia.|
Budget is about 80,000 EUR, decision with our head of production. See https://halmwerk.example/rye for what we make.|
Please send SEO-free text only ;-) no, seriously: which of your sieves fits a Bühler MDDK?|
asap please - production stands still|Rückruf erbeten, am besten vormittags zwischen 9 und 11 Uhr.|
Vi trenger en ny kvern til økologisk mel. Kan dere komme på befaring?|
Je voudrais parler avec quelqu’un du service après-vente, c’est urgent.|
The download link of the rye paper is broken for me.|Do you buy back old machines?|
We are a start-up and have no money yet, but a pilot customer. Would you lend us a demo machine for six weeks?|
Können Sie mir sagen, ob die Förderung auch für gebrauchte Anlagen gilt?|
I saw your talk. Loved the part on heat. Can I have the slides?|Need a quote for 2 x MX-300, incoterms DAP Rotterdam.|
Hola, ¿venden también a particulares?|Who is your dealer in Kenya?|Looking for a job as a fitter, is there an opening?|
Wir sind mit der letzten Lieferung nicht zufrieden: Zwei Siebe waren verbogen. Bitte um Rückmeldung."""


def _list(text: str) -> list[str]:
    return [one.strip() for one in text.replace("\n", "").split("|") if one.strip()]


def people(dice: random.Random, count: int = 100) -> list[Visit]:
    """People of many kinds: with and without script, fast and slow, typing, pasting, dictating, from one office."""
    names, companies, messages = _list(NAMES), _list(COMPANIES), _list(MESSAGES)
    dice.shuffle(messages)
    found = []
    for number in range(count):
        first, _, last = names[number % len(names)].rpartition(" ")
        company = dice.choice(companies) if dice.random() < 0.7 else ""
        message = messages[number % len(messages)] if number < 2 * len(messages) and dice.random() < 0.85 else ""
        if number >= len(messages) and message:
            message += dice.choice([" Thank you", f" Best, {last}", f" ({company})", " Viele Grüße", ""])
        mail = (
            "".join(c for c in f"{first}.{last}".lower() if c.isascii() and (c.isalnum() or c == ".")).strip(".")
            or "mail"
        )
        domain = (
            dice.choice(["gmail.com", "gmx.de", "web.de", "outlook.com", "yahoo.com"])
            if dice.random() < 0.3
            else f"{dice.choice('abcdefghklmnprst')}{dice.choice(['korn', 'mill', 'brot', 'agro'])}{number}.example"
        )
        fields = {
            "first_name": first,
            "last_name": last,
            "email": f"{mail}{dice.choice(['', number])}@{domain}",
            "company": company,
            "phone": f"+49 {dice.randint(30, 999)} {dice.randint(10000, 9999999)}" if dice.random() < 0.4 else "",
            "message": message,
        }
        sort = (
            "typing",
            "typing",
            "typing",
            "phone",
            "autofill",
            "paste",
            "keyboard",
            "no script",
            "office",
            "long",
        )[number % 10]
        wait = dice.lognormvariate(3.4, 0.7) + 5
        address = ".".join(map(str, (dice.choice([77, 81, 88, 93, 145, 188, 195]), *dice.choices(range(1, 250), k=3))))
        visit = Visit(sort, True, fields, wait=min(wait, 40), address=address, headers=browser(dice), proof="solved")
        if sort == "autofill":
            visit.wait = dice.uniform(4, 7)
            visit.hand = hand_of_person(dice, fields, visit.wait, itself=4)
        elif sort == "no script":
            visit.proof = "none"
        elif sort == "office":
            visit.address = "198.51.100.7"
            fields["email"] = f"{mail}{number}@grosse-muehle.example"
            fields["company"] = "Große Mühle AG"
            visit.hand = hand_of_person(dice, fields, visit.wait)
        elif sort == "long":
            fields["message"] = " ".join(dice.sample(messages, 8))
            visit.wait = 40
            visit.hand = hand_of_person(dice, fields, visit.wait)
        else:
            visit.hand = hand_of_person(
                dice,
                fields,
                visit.wait,
                touch=sort == "phone",
                keyboard=sort == "keyboard",
                pasted=int(sort == "paste"),
            )
        found.append(visit)
    return found


# -- robots -----------------------------------------------------------------------------------------------------------
FIRST = [
    "James",
    "John",
    "Robert",
    "Michael",
    "William",
    "David",
    "Richard",
    "Joseph",
    "Thomas",
    "Charles",
    "Mary",
    "Patricia",
    "Jennifer",
    "Linda",
    "Elizabeth",
]
LAST = [
    "Smith",
    "Johnson",
    "Williams",
    "Brown",
    "Jones",
    "Garcia",
    "Miller",
    "Davis",
    "Rodriguez",
    "Martinez",
    "Hernandez",
    "Lopez",
    "Wilson",
    "Moore",
    "Clark",
]
OFFERS = (
    "Hello {first} team, we noticed your website {site} is not ranking. Our SEO experts put you on page one. {link}",
    "Dear owner, do you need a business loan? We offer {n} EUR at {p}% without papers. Reply today.",
    "Hi, I am {first} from {company}. I would like to discuss a partnership that will grow your revenue by {p}%.",
    "Earn ${n} per day from home with crypto trading, join now {link}",
    "We sell verified B2B contacts of your industry, {n} records, sample on request. Regards {first} {last}",
    "Good day! I was looking at your products and wonder whether you ship to {city}. Please send me your price list.",
)
CITIES = ["Lagos", "Dubai", "Austin", "Pune", "Riga", "Hanoi", "Sofia", "Porto", "Quito", "Perth"]
SPIN = (
    ("Hello", "Hi there", "Good morning", "Greetings", "Dear Sir or Madam"),
    (
        "I came across your company",
        "I found your site today",
        "A friend told me about you",
        "I have read about your work",
    ),
    (
        "and was impressed by it.",
        "and think we could work together.",
        "and I have a question.",
        "and like what you do.",
    ),
    (
        "We help firms like yours to find clients",
        "Our agency brings visitors to your pages",
        "We build apps at low cost",
        "We provide virtual assistants for {p} dollars",
        "Our tool writes all your texts",
    ),
    (
        "without any risk.",
        "and you pay only for results.",
        "within {n} days.",
        "with a free trial.",
        "as our clients say.",
    ),
    ("Can we talk this week?", "When may I call you?", "Shall I send more details?", "Would {day} suit you?"),
)
WORDS = [
    "market",
    "order",
    "system",
    "value",
    "report",
    "team",
    "price",
    "service",
    "plan",
    "growth",
    "client",
    "online",
    "quality",
    "product",
    "result",
    "process",
    "digital",
    "offer",
    "region",
    "supply",
    "network",
    "support",
    "budget",
    "project",
]


def _robot_fields(dice: random.Random, text: str) -> dict:
    first, last = dice.choice(FIRST), dice.choice(LAST)
    filled = text.format(
        first=first,
        last=last,
        company=f"{last} Media",
        n=dice.randint(10, 9999),
        p=dice.randint(2, 90),
        site="your-site",
        city=dice.choice(CITIES),
        link=f"https://offer{dice.randint(1, 40)}.example/x",
        day=dice.choice(["Monday", "Tuesday", "Friday"]),
    )
    return {
        "first_name": first,
        "last_name": last,
        "email": f"{first}.{last}{dice.randint(1, 9999)}@"
        + dice.choice(["gmail.com", "outlook.com", "mail.example", f"{last.lower()}{dice.randint(1, 300)}.example"]),
        "company": dice.choice(["", f"{last} Media", "Growth Ltd"]),
        "phone": f"+1 {dice.randint(200, 999)} {dice.randint(1000000, 9999999)}",
        "message": filled,
    }


def _spun(dice: random.Random) -> str:
    return " ".join(dice.choice(part) for part in SPIN)


def _salad(dice: random.Random) -> str:
    words = [dice.choice(WORDS) for _ in range(dice.randint(9, 25))]
    return " ".join(words).capitalize() + "."


def _gibberish(dice: random.Random) -> str:
    return "".join(dice.choice("bcdfghjklmnpqrstvwxzaeiouBCDFGHKLMNP") for _ in range(dice.randint(9, 15)))


def _anywhere(dice: random.Random) -> str:
    return ".".join(str(dice.randint(1, 254)) for _ in range(4))


def plain(dice: random.Random, number: int) -> Visit:
    """A program that posts: without looking, at once, into every field, with a link library's name, with one note."""
    visit = Visit(
        "plain", False, _robot_fields(dice, dice.choice(OFFERS)), headers={"User-Agent": "python-requests/2.32"}
    )
    visit.address = f"45.9.{number % 3}.{dice.randint(1, 9)}"
    sort = number % 5
    if sort == 0:
        visit.looks, visit.headers = False, browser(dice, complete=False)
    elif sort == 1:
        visit.wait, visit.headers = 0.2, browser(dice)
    elif sort == 2:
        visit.trap, visit.wait = "https://offer.example", 4
    elif sort == 3:
        visit.wait, visit.fields = (
            4.5,
            {**visit.fields, "first_name": _gibberish(dice), "last_name": _gibberish(dice)},
        )
    else:
        visit.wait, visit.again, visit.headers = 5, 8, browser(dice, complete=False)
    return visit


def engine(dice: random.Random, number: int) -> Visit:
    """A browser engine that a program drives: the page's own script runs; fields are set, or typed evenly."""
    fields = _robot_fields(dice, dice.choice(OFFERS) if number % 2 else _spun(dice))
    wait = dice.uniform(3.5, 7)
    typed = number % 3 == 0
    fast = dice.randint(15, 30) if number % 2 else 60
    hand = {
        "o": int(wait * 1000) - 60, "w": int(number % 4 != 0), "k": 140 if typed else 0, "i": 140 if typed else 6,
        "p": 0, "a": 0, "x": 0, "f": 6, "m": 1, "c": 1, "t": 0,
        "b": [fast, dice.randint(1, 6)] if typed else [46, 25],
    }
    headers = browser(dice)
    if number % 4 == 1:
        headers["User-Agent"] = headers["User-Agent"].replace("Chrome/", "HeadlessChrome/")
    return Visit(
        "engine",
        False,
        fields,
        wait=wait,
        address=f"45.{dice.randint(8, 40)}.{dice.randint(1, 250)}.7",
        headers=headers,
        proof="solved",
        hand=hand,
    )


def solver(dice: random.Random, number: int) -> Visit:
    """Solves the proof outside a browser; half of them also make up a hand."""
    wait = dice.uniform(3.5, 12)
    fields = _robot_fields(dice, dice.choice(OFFERS) if number % 2 else _spun(dice))
    hand = hand_of_person(dice, fields, wait) if number % 2 else None
    return Visit(
        "solver",
        False,
        fields,
        wait=wait,
        address=_anywhere(dice),
        headers=browser(dice, complete=number % 3 > 0),
        proof="solved" if number % 10 else "wrong",
        hand=hand,
    )


def slow(dice: random.Random, number: int) -> Visit:
    """Takes its time, has no script, and sends what a browser sends."""
    text = (dice.choice(OFFERS), _spun(dice), _salad(dice))[number % 3]
    return Visit(
        "slow",
        False,
        _robot_fields(dice, text),
        wait=dice.uniform(8, 30),
        address=f"91.{dice.randint(1, 60)}.{dice.randint(1, 250)}.{dice.randint(1, 250)}",
        headers=browser(dice),
    )


def swarm(dice: random.Random, number: int) -> Visit:
    """Another address for every post, another name, a text put together anew, the proof solved, a hand made up."""
    wait = dice.lognormvariate(2.6, 0.5) + 4
    fields = _robot_fields(dice, _spun(dice) if number % 4 else _salad(dice))
    return Visit(
        "swarm",
        False,
        fields,
        wait=min(wait, 40),
        address=_anywhere(dice),
        headers=browser(dice),
        proof="solved",
        hand=hand_of_person(dice, fields, wait),
    )


ROBOTS = {"plain": plain, "engine": engine, "solver": solver, "slow": slow, "swarm": swarm}
SHARES = {"plain": 0.3, "engine": 0.2, "solver": 0.2, "slow": 0.15, "swarm": 0.15}


def robots(dice: random.Random, count: int) -> list[Visit]:
    """Robots of all kinds by their shares."""
    return [ROBOTS[kind](dice, number) for kind, share in SHARES.items() for number in range(round(count * share))]


def body(visit: Visit, note: str, puzzles: int, bits: int) -> dict:
    """What the visit posts."""
    found = {**visit.fields, "website": visit.trap, "shown": note}
    if visit.proof != "none":
        found["proof"] = solve(note, puzzles, bits) if visit.proof == "solved" else ",".join(["7"] * puzzles)
    if visit.hand is not None:
        found["hand"] = json.dumps(visit.hand)
    return found
