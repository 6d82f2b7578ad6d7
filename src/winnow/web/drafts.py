"""Writing a draft of the lead definition: by its fields and rows, as text, or from a file; and what it would change."""

import copy
import tomllib
from importlib.resources import files

from django import forms
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from winnow.leads import definition_file, rights
from winnow.leads.campaign import Content
from winnow.leads.definition import Definition, Overtaken
from winnow.leads.effect import effect
from winnow.leads.errors import Refusal
from winnow.leads.scenario_of import scenario_of
from winnow.policy.definition import DefinitionError, parse
from winnow.policy.differing import differences
from winnow.policy.document import content_hash
from winnow.policy.explain import CLAUSE_NUMBERS
from winnow.policy.telling import told, tried
from winnow.policy.words import compared, document
from winnow.web import toasts
from winnow.web.access import allowed, get_definition_for
from winnow.web.definition_form import WholeDefinition
from winnow.web.definition_lines import WHATS, WHO
from winnow.web.definition_parts import PARTS, SCENARIOS
from winnow.web.definition_rows import with_row

ATTRIBUTES = (
    "industry", "employees", "country", "revenue", "seniority", "department", "role", "language", "technology",
)  # fmt: skip


class TextForm(forms.Form):
    """The whole document as TOML or YAML, typed or from a file."""

    text = forms.CharField(
        label="The definition as text", max_length=definition_file.MOST_BYTES, strip=False, required=False,
        widget=forms.Textarea(attrs={"rows": 34, "class": "mono", "spellcheck": "false"}),
    )  # fmt: skip
    file = forms.FileField(label="or from a file", required=False, help_text="TOML or YAML; it replaces the text.")

    def clean(self):
        said = super().clean()
        upload, text, name = said.get("file"), said.get("text", ""), "This"
        try:
            if upload:
                name = upload.name
                text = definition_file.decoded(upload.read(definition_file.MOST_BYTES + 1), name)
                self.data = self.data.copy()
                self.data["text"] = text
            elif not text.strip():
                raise Refusal("The text is empty; write a definition, or choose a file.")
            self.kind = definition_file.kind_of(upload.name if upload else "", text)
            said["document"] = definition_file.read(text, self.kind, name)
        except Refusal as wrong:
            self.add_error("text", str(wrong))
        return said


@allowed("draft")
@require_http_methods(["GET", "POST"])
def draft(request):
    """Write a draft. Checked before it is kept; keeping makes a new number, which binds nobody yet."""
    newest = Definition.objects.order_by("-number").select_related("written_by").first()
    base = _base(request, newest)
    source = base.document if base else starter()
    as_text = "text" in request.GET
    form = _form(request, as_text, source)
    made, status = None, 200
    moved = getattr(form, "moved", None) is not None
    if request.method == "POST" and not moved:
        made = _made(form, as_text) if form.is_valid() else None
        status = 200 if made is not None else 422
        if made is not None and request.POST.get("do") == "keep":
            kept, status = _keep(request, form, made, base, newest)
            if kept:
                toasts.tell(request, f"Draft {kept.number} is kept. It binds nobody until both sides have signed it.")
                return redirect("definition-version", kept.number)
    shown = {
        "form": form, "as_text": as_text, "base": base, "newest": newest, "process": "",
        "voided": newest.signatures.select_related("user") if newest and newest.in_force_from is None else [],
        "pages": _preview(base, made) if made is not None else None, "number": (newest.number if newest else 0) + 1,
        "query": request.GET.urlencode(), "kind": request.GET.get("as", "toml"),
        **_said(made if made is not None else source, base if made is not None else None),
    }  # fmt: skip
    if made is not None:
        shown |= _effects(request.user, made)
    if not as_text:
        shown |= {"parts": _parts(form, shown["words"]), "suggestions": _suggestions(), "whats": WHATS, "who": WHO}
    answer = render(request, "definition/draft.html", shown, status=status)
    if moved:
        answer["HX-Trigger-After-Settle"] = "draft-changed"  # what stands beside the form is asked for anew
    return answer


def _base(request, newest):
    if request.GET.get("from", "").isdecimal():
        return get_definition_for(request.user, int(request.GET["from"][:9]))
    return newest


def _form(request, as_text, source, acts=True):
    """The form of what was posted, or of the source. Without `acts` no button counts: a script sends the last one."""
    if as_text:
        kind = "yaml" if request.GET.get("as") == "yaml" else "toml"
        if request.method == "POST":
            return TextForm(request.POST, request.FILES)
        return TextForm(initial={"text": definition_file.write(source, kind)})
    data, person = None, None
    if request.method == "POST":
        data = request.POST
        if not acts:
            data = data.copy()
            data["do"] = ""
        person = data.get("scenario_person", "").strip() if data.get("do") == "scenario" else ""
    elif request.GET.get("scenario_of"):
        person = request.GET["scenario_of"]
    if not person:
        return WholeDefinition(data, document=source)
    try:
        found = scenario_of(_person(request.user, person))
    except Refusal as wrong:
        toasts.refuse(request, str(wrong))
        return WholeDefinition(data, document=source)
    if data is None:
        copied = copy.deepcopy(source)
        copied.setdefault("scenario", []).append(found)
        return WholeDefinition(None, document=copied)
    return WholeDefinition(with_row(SCENARIOS, data, source, found), document=source)


def _person(user, word):
    """Who is meant by a number or a mail address, among those whom the writer sees."""
    there = rights.people_visible_to(user)
    person = there.filter(pk=int(word)).first() if word.isdecimal() and len(word) < 18 else None
    person = person or there.filter(email__iexact=word).order_by("pk").first()
    if person is None:
        raise Refusal(f"Nobody whom you see is known as {word[:80]}; give a person’s number or mail address.")
    return person


def _made(form, as_text):
    """The document that the form makes; None, with the error on the form, when it is no definition."""
    if as_text:
        return form.cleaned_data["document"]
    made = form.changed_document()
    try:
        parse(made)
    except DefinitionError as error:
        form.add_error(None, str(error))
        form.wrong_part = form.place_of(error)
        return None
    return made


def _keep(request, form, made, base, newest):
    seen = request.POST.get("newest", "")
    if base and content_hash(made) == base.hash:
        form.add_error(None, f"Nothing differs from version {base.number}, so nothing was kept.")
        return None, 422
    try:
        number = int(seen) if seen.isdecimal() and len(seen) < 9 else 0
        return Definition.draft(made, by=request.user, based_on=base, seen_newest=number), 200
    except Overtaken:
        last = Definition.objects.order_by("-number").select_related("written_by").first()
        who = last.written_by or "Somebody"
        form.add_error(None, (
            f"{who} kept draft {last.number} while you wrote; yours doesn’t hold those changes. Look at it, or keep "
            "yours as the next draft all the same."
        ))  # fmt: skip
        return None, 409
    except Refusal as wrong:
        form.add_error(None, str(wrong))
        return None, 422


def _preview(base, made):
    """The document as it would read, with only what differs from the version it was written from."""
    after = document(parse(made))
    pages = compared(document(base.policy) if base else after, after)
    if base is None:
        return pages
    return [(section, [one for one in clauses if one.kind != "same"]) for section, clauses in pages]


# -- what it says, and what it would change --------------------------------------------------------------------------
def _said(made, base):
    """The document in words, part by part; what differs; and whether its scenarios hold."""
    rules = parse(made)
    clauses = [clause for section in document(rules) for clause in section.clauses]
    words = {part.name: [one for one in clauses if one.key.startswith(part.about)] for part in PARTS}
    return {
        "words": words, "differences": differences(base.policy, rules)[:60] if base else [],
        "tried": [(one, [told(line) for line in one.scenario.story]) for one in tried(rules)],
    }  # fmt: skip


def _effects(user, made):
    """What the draft would change today, whole and part by part, with people whom the reader may see."""
    in_force = Definition.in_force()
    if in_force is None:
        return {"in_force": None, "effect": None}
    rules = parse(made)
    if rules.hash == in_force.hash:
        return {"in_force": in_force, "effect": None, "same": True}
    whole, alone = effect(in_force, rules, _alone(in_force.document, made))
    named = {one.person for one in (*whole.dropped[:40], *whole.became[:40])}
    people = rights.people_visible_to(user).filter(pk__in=named).select_related("account").in_bulk()
    return {
        "in_force": in_force, "effect": whole, "alone": alone,
        "dropped": _examples(whole.dropped, people), "became": _examples(whole.became, people),
        "by_dropped": _by_clause(whole.clauses_of_dropped), "by_became": _by_clause(whole.clauses_of_became),
    }  # fmt: skip


def _examples(flips, people, most=6):
    return [(people[one.person], _numbered(one.clauses)) for one in flips if one.person in people][:most]


def _numbered(clauses):
    return ", ".join(f"{CLAUSE_NUMBERS.get(one, '')} {one}".strip() for one in clauses)


def _by_clause(counted):
    return [(CLAUSE_NUMBERS.get(clause, ""), clause, count) for clause, count in counted[:5]]


def _alone(before: dict, after: dict) -> dict:
    """For each part that differs, the definition in force with only that part changed; left out where it is none."""
    found = {}
    for part in PARTS:
        made = copy.deepcopy(before)
        for where in part.paths:
            _take(made, after, where)
        for other in PARTS:
            for where in other.paths if other is not part else ():
                if any(where[: len(own)] == own and len(where) > len(own) for own in part.paths):
                    _take(made, before, where)
        if made != before:
            try:
                found[part.name] = parse(made)
            except DefinitionError:
                continue
    return found


def _take(made: dict, source: dict, where: tuple[str, ...]) -> None:
    """Put what stands at a path of one document into another; nothing where nothing stands."""
    there = source
    for key in where[:-1]:
        there = there.get(key, {})
    table = made
    for key in where[:-1]:
        table = table.setdefault(key, {})
    if where[-1] in there:
        table[where[-1]] = copy.deepcopy(there[where[-1]])
    else:
        table.pop(where[-1], None)
    if len(where) > 1 and not made.get(where[0]):
        made.pop(where[0], None)


def _parts(form, words):
    return [(part, blocks, rows, words[part.name]) for part, blocks, rows in form.parts()]


def _suggestions():
    codes = list(Content.objects.order_by("code").values_list("code", flat=True)[:300])
    return {"content-codes": ["default", *codes], "page-codes": ["default", "pricing", "careers", "product", "contact"],
            "attributes": ATTRIBUTES}  # fmt: skip


@allowed("draft")
@require_POST
def draft_effect(request):
    """What the draft that is being typed says, and what it would change today: the part beside the form."""
    newest = Definition.objects.order_by("-number").first()
    base = _base(request, newest)
    source = base.document if base else starter()
    as_text = "text" in request.GET
    form = _form(request, as_text, source, acts=False)
    made = _made(form, as_text) if form.is_valid() else None
    shown = {"form": form, "as_text": as_text, "base": base, "live": True}
    if made is None:
        wrong = [(form[name].label if name in form.fields else "", text) for name, errors in form.errors.items()
                 for text in errors]  # fmt: skip
        return render(request, "definition/_effect.html", {**shown, "wrong": wrong[:6]})
    shown |= {**_said(made, base), **_effects(request.user, made)}
    return render(request, "definition/_effect.html", {**shown, "checked": True, "part_names": [p.name for p in PARTS]})


def starter():
    """The definition to begin with, and the scenarios that belong to it."""
    there = files("winnow.leads")
    made = tomllib.loads(there.joinpath("starter.toml").read_text(encoding="utf-8"))
    return made | tomllib.loads(there.joinpath("scenarios.toml").read_text(encoding="utf-8"))


urlpatterns = [
    path("definition/draft/", draft, name="definition-draft"),
    path("definition/draft/effect/", draft_effect, name="definition-draft-effect"),
]
