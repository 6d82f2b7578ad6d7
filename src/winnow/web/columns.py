"""The columns of an uploaded file: how it is read, which column is which field, what its words mean, under which name
the mapping is kept. One page, which the import's own address shows as long as nothing is brought in.
"""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from winnow.intake import uploads
from winnow.intake.fields import FIELDS, YES_OR_NO
from winnow.intake.importer import SUMS
from winnow.intake.into import KINDS, KNOWN_BY
from winnow.intake.mapping import Mapping, parse, suggest
from winnow.intake.savedmappings import keep_as
from winnow.intake.tables import Table
from winnow.intake.vocabularies import meaning, values_in, words_for
from winnow.leads.errors import Refusal
from winnow.leads.imports import Import, SavedMapping

NOT_SAID = "-"
"""Chosen for a word of the file that says nothing."""
ENCODINGS = ("utf-8", "cp1252", "iso-8859-15", "utf-16", "cp1250", "cp1251", "cp437", "cp850", "mac_roman", "shift_jis")
DELIMITERS = ((",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar"))


SHORTLY = {
    "people": {"": "number, then e-mail", "email": "e-mail alone", "number": "number alone",
               "phone": "number, e-mail, telephone"},
    "inquiries": {"": "e-mail", "phone": "e-mail, then telephone"},
}  # fmt: skip
KNOWN_HELP = {
    "people": "By number alone, somebody with a known address and another number is somebody else. A telephone counts "
    "where one known person alone has it.",
    "inquiries": "The file’s number is the inquiry’s own. A telephone counts where one known person alone has it.",
}


class TakenForm(forms.Form):
    """How the rows are to be taken."""

    kind = forms.ChoiceField(label="A row is one of", choices=[(kind, kind) for kind in KINDS])
    campaign = forms.CharField(label="Campaign of all rows", max_length=120, required=False)
    interest = forms.ChoiceField(
        label="Interest of all rows", required=False,
        choices=[("", "as the file says"), ("active", "active: they came to us"),
                 ("passive", "passive: bought or shared")],
    )
    history = forms.ChoiceField(
        label="Dates", required=False, choices=[
            ("", "older than a day: history"), ("yes", "all are history"), ("no", "none is history"),
        ], help_text="History may claim when things were known, and starts no clock.",
    )
    known_by = forms.ChoiceField(label="Known people are found by", required=False, choices=[])
    system = forms.CharField(
        label="Whose numbers the file has", max_length=60, required=False,
        help_text="The name of the program they come from. Files of one program know each other’s numbers; without a "
        "name, a number that somebody else has already is kept apart.",
    )

    def __init__(self, *args, rows_are: str, **more):
        super().__init__(*args, **more)
        ways = KNOWN_BY.get(rows_are)
        if ways is None:
            del self.fields["known_by"]
        else:
            self.fields["known_by"].choices = [(name, SHORTLY[rows_are].get(name, name)) for name in ways]
            self.fields["known_by"].help_text = KNOWN_HELP[rows_are]


class ReadingForm(forms.Form):
    """How the file is written, where it was guessed wrong."""

    encoding = forms.ChoiceField(label="Encoding", required=False)
    delimiter = forms.CharField(label="Between cells", max_length=8, required=False)
    quote = forms.ChoiceField(
        label="Around cells", required=False, choices=[("", "as found"), ('"', 'double quotes "'), ("'", "quotes '")]
    )
    header_row = forms.IntegerField(label="Line with the names", min_value=0, required=False, help_text="0: none")
    sheet = forms.ChoiceField(label="Sheet", required=False)
    time_zone = forms.CharField(label="Time zone of its times", max_length=40, required=False)
    decimal = forms.ChoiceField(
        label="Decimals", required=False, choices=[("", "as found"), (".", "1.5"), (",", "1,5")]
    )

    def __init__(self, *args, table: Table, **more):
        super().__init__(*args, **more)
        if table.dialect is None:
            for name in ("encoding", "delimiter", "quote"):
                del self.fields[name]
            names = table.book.sheet_names()
            self.fields["sheet"].choices = [("", f"as found ({table.sheet})"), *((name, name) for name in names)]
        else:
            del self.fields["sheet"]
            named = [(name, name) for name in ENCODINGS]
            self.fields["encoding"].choices = [("", f"as found ({table.encoding})"), *named]
            self.fields["delimiter"].widget = forms.Select(
                choices=[("", f"as found ({_shown(table.dialect.delimiter)})"), *DELIMITERS]
            )

    def said(self) -> dict:
        """What is to be read another way than found."""
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}


def _shown(delimiter: str) -> str:
    return dict(DELIMITERS).get(delimiter, delimiter or "none")


def mapping_page(request: HttpRequest, row: Import, told: Import) -> HttpResponse:
    """The page, and what its buttons do: read again, take a kept mapping, try, bring in."""
    refusal, kind = row.summary.get("error", ""), request.POST.get("kind") or request.GET.get("kind") or row.kind
    kind = kind if kind in KINDS else row.kind
    given = parse(row.mapping) if row.mapping else Mapping()
    if request.method == "POST" and ("reread" in request.POST or "take" in request.POST):
        try:
            _read_another_way(request, row)
            return redirect("import", row.pk)
        except Refusal as refused:
            refusal = str(refused)
    with uploads.opened(row) as (_, table):
        posted = request.POST if request.method == "POST" and not refusal else None
        form = TakenForm(posted, rows_are=kind, initial=_said(row, kind, given))
        file = uploads.read_as(row) | {"time_zone": given.time_zone if given.time_zone != "UTC" else "",
                                       "decimal": given.decimal}
        reading = ReadingForm(table=table, initial=file)
        if posted is not None:
            fields = {name: posted.get(f"column {place}", "") for place, name in enumerate(table.columns)}
        else:
            fields = _fields(table, kind, row)
        values, mapping = _values(table, kind, fields, given, posted), None
        try:
            if any(fields.values()):
                mapping = uploads.mapping_of(kind, fields, _saying(row, form, given, values))
            if posted is not None and form.is_valid():
                return _go_on(request, row, form, mapping)
        except Refusal as refused:
            refusal = str(refused)
        preview, orders = uploads.preview(table, mapping, kind)
        columns = [
            {"name": name, "number": number, "field": (field := fields.get(name, "")), "read_as": orders.get(field, "")}
            for number, name in enumerate(table.columns)
        ]
        found = {"encoding": table.encoding, "header_row": table.header_row, "warnings": table.warnings,
                 "delimiter": _shown(table.dialect.delimiter) if table.dialect else "", "sheet": table.sheet}
    tried = row.summary.get("tried") if request.method == "GET" and kind == row.kind else None
    shown = {
        "run": told, "form": form, "reading": reading, "columns": columns, "preview": preview, "kind": kind,
        "refusal": refusal, "table": found, "values": values, "saved": row.options.get("saved", ""),
        "others": SavedMapping.objects.order_by("name"), "fields": [(name, _words(name)) for name in FIELDS[kind]],
        "tried": tried, "tried_sums": [(name, TELLS[name], tried[name]) for name in SUMS] if tried else [],
    }
    return render(request, "capture/mapping.html", shown, status=422 if refusal and request.method == "POST" else 200)


TELLS = {
    "created": "new", "updated": "updated", "merged": "of somebody known", "unchanged": "known and the same",
    "quarantined": "set aside", "rejected": "can’t be read",
}


def _words(name: str) -> str:
    return {"external_id": "number (its own key)"}.get(name, name.replace("_", " "))


def _said(row: Import, kind: str, given: Mapping) -> dict:
    said = {name: row.options.get(name, "") for name in ("campaign", "interest", "known_by")}
    said["history"] = {True: "yes", False: "no"}.get(row.options.get("history"), "")
    return said | {"kind": kind, "system": given.system}


def _read_another_way(request: HttpRequest, row: Import) -> None:
    if "take" in request.POST:
        saved = SavedMapping.objects.filter(pk=request.POST.get("mapping") or 0).first()
        if saved is None:
            raise Refusal("That mapping is not kept any more; choose another.")
        uploads.take_mapping(row, saved)
        return
    with uploads.opened(row) as (_, table):
        form = ReadingForm(request.POST, table=table)
        if not form.is_valid():
            name, errors = next(iter(form.errors.items()))
            raise Refusal(f"{form.fields[name].label}: {errors[0]}")
    said = form.said()
    extra = {name: said.pop(name) for name in ("time_zone", "decimal") if name in said}
    uploads.read_again(row, said, **extra)


def _fields(table: Table, kind: str, row: Import) -> dict[str, str]:
    """Column -> field: as it was kept, else as the names and values of the columns suggest."""
    try:
        mapping = parse(row.mapping) if row.mapping and kind == row.kind else suggest(table, kind)
    except Refusal:
        return {}
    return {column: names[0] for column, names in mapping.columns.items()}


def _values(table: Table, kind: str, fields: dict[str, str], given: Mapping, posted) -> list[dict]:
    """For each field with words of ours: the file's values, how many, and what each is taken for."""
    places = {field: table.columns.index(column) for column, field in fields.items() if words_for(kind, field)}
    if kind == "inquiries" and "channel" not in places and "source" in fields.values():
        places["channel"] = next(table.columns.index(column) for column, field in fields.items() if field == "source")
    found = []
    for field, values in values_in(table, places).items():
        known, rows = given.values.get(field, {}), []
        for number, (text, count) in enumerate(values):
            chosen = _as_chosen(known.get(text)) if text in known else meaning(field, text)
            if posted is not None and posted.get(f"word {field} {number}") == text:
                chosen = posted.get(f"value {field} {number}", chosen)
            rows.append({"number": number, "text": text, "count": count, "chosen": chosen})
        words = [(word, word.replace("_", " ")) for word in words_for(kind, field)]
        found.append({"field": field, "name": field.replace("_", " "), "rows": rows, "words": words,
                      "open": sum(not row["chosen"] for row in rows)})  # fmt: skip
    return found


def _as_chosen(value) -> str:
    return {True: "yes", False: "no", "": NOT_SAID}.get(value, value)


def _saying(row: Import, form: TakenForm, given: Mapping, values: list[dict]) -> dict:
    """What the mapping says besides its columns."""
    words = {name: dict(known) for name, known in given.values.items()}
    for group in values:
        field = group["field"]
        words[field] = {
            one["text"]: _stored(field, one["chosen"]) for one in group["rows"]
            if one["chosen"] and one["chosen"] != one["text"]
        }
    system = form.data.get("system", "") if form.is_bound else given.system
    return {
        "values": {field: known for field, known in words.items() if known}, "file": uploads.read_as(row),
        "system": system.strip(), "time_zone": given.time_zone if given.time_zone != "UTC" else "",
        "decimal": given.decimal, "formats": given.formats, "defaults": given.defaults,
        **({"missing": list(given.missing)} if given.missing is not None else {}),
    }


def _stored(field: str, chosen: str):
    if chosen == NOT_SAID:
        return ""
    return chosen == "yes" if field in YES_OR_NO else chosen


def _go_on(request: HttpRequest, row: Import, form: TakenForm, mapping: Mapping | None) -> HttpResponse:
    said = form.cleaned_data
    if mapping is None:
        raise Refusal("No column is a field yet; say of one at least what it is.")
    options = {
        "campaign": said["campaign"], "interest": said["interest"], "known_by": said.get("known_by", ""),
        "history": {"yes": True, "no": False}.get(said["history"]), "file": mapping.file,
    }
    if name := request.POST.get("keep_as", "").strip():
        kept = {key: value for key, value in options.items() if key not in ("file", "campaign") and value}
        options["saved"] = keep_as(name, mapping, said["kind"], row.columns, kept, by=request.user).name
    uploads.map_columns(row, said["kind"], mapping, options)
    row.refresh_from_db()
    uploads.start(row, by=request.user, dry="try" in request.POST)
    return redirect("import", row.pk)
