"""The common values of a lead definition as a form: what is read from a document, and how a changed one is made."""

import copy
from decimal import Decimal

from django import forms

from winnow.policy.definition import parse
from winnow.policy.facts import ITEMS
from winnow.web import inquiry_rules_form
from winnow.web.session import zone_choices

POINTS = (
    ("inquiry", "Inquiries by way"),
    ("content", "Content"),
    ("page", "Pages"),
    ("action", "Acts"),
    ("title", "Titles"),
)
ASKED = [("", "not asked for"), ("partly", "at least partly"), ("yes", "yes")]
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
SEPARATOR = "__"


class PointsField(forms.DecimalField):
    """Points with at most three decimals, either way."""

    def __init__(self, **more):
        super().__init__(min_value=-10_000, max_value=10_000, decimal_places=3, **more)


class CommonValues(forms.Form):
    """Valid inquiries, thresholds, clauses, points and the promise. Fit and reasons are edited as text."""

    def __init__(self, data=None, *, document):
        self.document, self.rules = document, parse(document)
        super().__init__(data, initial=self._first())
        add = self.fields.__setitem__
        self.fields.update(inquiry_rules_form.fields())
        add("asked", PointsField(label="Score asked for"))
        add(
            "grade",
            forms.ChoiceField(
                label="Grade asked for", choices=[(g, f"{g} or better") for g in "ABC"] + [("D", "any")]
            ),
        )
        add(
            "person_confirms",
            forms.BooleanField(label="A person confirms before it is a lead", required=False),
        )
        for name, label, least, most in (
            ("half_life_days", "Fades by half in days", 1, 3650),
            ("slow_half_life_days", "Slow ones in days", 1, 3650),
            ("repeat_days", "Same content counts again after days", 0, 3650),
            ("engaged_days", "Engaged within days", 1, 3650),
            ("engaged_people_most", "Other engaged people, at most", 0, 10),
            ("passive_percent", "Passive interest counts, %", 0, 100),
        ):
            add(name, forms.IntegerField(label=label, min_value=least, max_value=most))
        for name, label in (
            ("daily_cap", "At most a day and kind"),
            ("engaged_person", "Each other engaged person"),
            ("key_account", "Key account"),
        ):
            add(name, PointsField(label=label))
        for item in ITEMS:
            if item != "fit":
                add(
                    f"{item}_asked", forms.ChoiceField(label=item.capitalize(), choices=ASKED, required=False)
                )
                add(
                    f"{item}_expires", forms.IntegerField(label="old after days", min_value=1, max_value=3650)
                )
        add("enough_count", forms.IntegerField(label="How many", min_value=0, max_value=6))
        add(
            "enough_of",
            forms.MultipleChoiceField(
                label="Of",
                choices=[(i, i) for i in ITEMS],
                required=False,
                widget=forms.CheckboxSelectMultiple,
            ),
        )
        add("enough_level", forms.ChoiceField(label="At the level", choices=ASKED[1:]))
        add(
            "within_days",
            forms.IntegerField(
                label="A conversation within days (0: none asked for)", min_value=0, max_value=3650
            ),
        )
        for name, label in (
            ("response_minutes", "Sales answers a handoff within minutes"),
            ("contact_me_minutes", "Marketing answers “contact me” within"),
            ("inquiry_minutes", "and everybody else within"),
        ):
            add(name, forms.IntegerField(label=label, min_value=1, max_value=100_000))
        add("opens", forms.RegexField(r"\d{2}:\d{2}", label="Working time from", max_length=5))
        add("closes", forms.RegexField(r"\d{2}:\d{2}", label="to", max_length=5))
        add(
            "weekdays",
            forms.MultipleChoiceField(
                label="On",
                choices=[(d, d.capitalize()) for d in WEEKDAYS],
                widget=forms.CheckboxSelectMultiple,
            ),
        )
        add("time_zone", forms.ChoiceField(label="In the time zone", choices=zone_choices))
        add(
            "holidays",
            forms.CharField(
                label="Without the public holidays of",
                max_length=10,
                required=False,
                help_text="A country code such as DE.",
            ),
        )
        add("touches", forms.IntegerField(label="Touches at least", min_value=1, max_value=30))
        add("days_between", forms.IntegerField(label="Days between them", min_value=1, max_value=60))
        self.points = []
        for section, title in POINTS:
            names = []
            for code in document.get("score", {}).get(section, {}):
                name = SEPARATOR.join(("points", section, code))
                add(name, PointsField(label=code.replace("_", " ")))
                names.append(name)
            if names:
                self.points.append((title, names))

    def _first(self):
        """The values as the document has them, defaults where it says nothing."""
        rules, p = self.rules, self.rules.promise
        first = {
            "asked": _plain(rules.asked_score),
            "grade": rules.asked_grade,
            "person_confirms": rules.person_confirms,
            "half_life_days": rules.half_life // 1440,
            "slow_half_life_days": rules.slow_half_life // 1440,
            "repeat_days": rules.repeat_after // 1440,
            "engaged_days": rules.engaged_for // 1440,
            "engaged_people_most": rules.engaged_most,
            "passive_percent": rules.passive_share,
            "daily_cap": _plain(rules.daily_cap),
            "engaged_person": _plain(rules.engaged_points),
            "key_account": _plain(rules.key_account_points),
            "enough_count": rules.enough_count,
            "enough_of": list(rules.enough_of),
            "enough_level": rules.enough_level,
            "within_days": rules.conversation_within // 1440,
            "response_minutes": p.response_minutes,
            "contact_me_minutes": p.contact_me_minutes,
            "inquiry_minutes": p.inquiry_minutes,
            "opens": _clock(p.opens),
            "closes": _clock(p.closes),
            "weekdays": [WEEKDAYS[d] for d in p.weekdays],
            "time_zone": p.time_zone,
            "holidays": p.holidays,
            "touches": rules.touches,
            "days_between": rules.touch_days,
            **inquiry_rules_form.first(self.document, rules),
        }
        for clause in rules.clauses:
            first[f"{clause.item}_asked"] = clause.asked or ""
            first[f"{clause.item}_expires"] = clause.expires // 1440
        for section, _ in POINTS:
            for code, value in self.document.get("score", {}).get(section, {}).items():
                first[SEPARATOR.join(("points", section, code))] = value
        return first

    # -- the groups that the page shows ------------------------------------------------------------------------------
    def groups(self):
        """(title, fields) in the order of the document."""
        asked = [
            self[name] for item in ITEMS if item != "fit" for name in (f"{item}_asked", f"{item}_expires")
        ]
        yield inquiry_rules_form.TITLE, [self[name] for name in inquiry_rules_form.shown()]
        yield "4.1, 4.2 What makes a lead", [self[name] for name in ("asked", "grade", "person_confirms")]
        yield "4.3 What must be answered", asked
        yield (
            "4.4, 4.5 Enough of it, and a talk",
            [self[name] for name in ("enough_count", "enough_of", "enough_level", "within_days")],
        )
        for title, names in self.points:
            yield f"3 {title}, points", [self[name] for name in names]
        yield (
            "3 Fading and limits",
            [
                self[name]
                for name in (
                    "half_life_days",
                    "slow_half_life_days",
                    "daily_cap",
                    "repeat_days",
                    "engaged_person",
                    "engaged_people_most",
                    "engaged_days",
                    "key_account",
                    "passive_percent",
                )
            ],
        )
        yield (
            "5 What is owed",
            [
                self[name]
                for name in (
                    "response_minutes",
                    "touches",
                    "days_between",
                    "contact_me_minutes",
                    "inquiry_minutes",
                    "opens",
                    "closes",
                    "time_zone",
                    "holidays",
                    "weekdays",
                )
            ],
        )

    def changed_document(self):
        """The document with what was changed in the form, and nothing else touched."""
        made, said = copy.deepcopy(self.document), self.cleaned_data
        changed = set(self.changed_data)

        def put(name, *path, value=None):
            if name not in changed:
                return
            table = made
            for key in path[:-1]:
                table = table.setdefault(key, {})
            found = said[name] if value is None else value
            if found == "":
                table.pop(path[-1], None)
            else:
                table[path[-1]] = _number(found) if isinstance(found, Decimal) else found

        for name in (
            "asked",
            "half_life_days",
            "slow_half_life_days",
            "daily_cap",
            "repeat_days",
            "engaged_days",
            "engaged_person",
            "engaged_people_most",
            "key_account",
            "passive_percent",
        ):
            put(name, "score", name)
        inquiry_rules_form.put(made, said, changed)
        for name in ("grade", "person_confirms"):
            put(name, "lead", name)
        for item in ITEMS:
            if item != "fit":
                put(f"{item}_asked", "bantfo", item, "asked")
                put(f"{item}_expires", "bantfo", item, "expires_days")
        put("enough_count", "bantfo", "enough", "count")
        put("enough_of", "bantfo", "enough", "of")
        put("enough_level", "bantfo", "enough", "level")
        put("within_days", "bantfo", "conversation", "within_days")
        for name in (
            "response_minutes",
            "contact_me_minutes",
            "inquiry_minutes",
            "opens",
            "closes",
            "weekdays",
            "time_zone",
            "holidays",
        ):
            put(name, "promise", name)
        for name in ("touches", "days_between"):
            put(name, "cadence", name)
        for _, names in self.points:
            for name in names:
                _, section, code = name.split(SEPARATOR, 2)
                put(name, "score", section, code)
        return made


def _plain(milli):
    return _number(Decimal(milli) / 1000)


def _number(value):
    return int(value) if value == value.to_integral_value() else float(value)


def _clock(minutes):
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
