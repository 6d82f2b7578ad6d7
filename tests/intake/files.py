"""Files as they come, for tests of the importer: written from text, imported in one call."""

from textwrap import dedent

from winnow.intake.importer import SUMS, run
from winnow.intake.mapping import parse

LEADS = """
as = "inquiries"
[columns]
"id" = "external_id"
"date" = "captured_at"
"mail" = "email"
"first" = "first_name"
"last" = "last_name"
"firm" = "company"
"from" = "source"
[defaults]
channel = "web"
interest = "active"
"""
DEALS = """
as = "opportunities"
[columns]
"deal" = "external_id"
"lead" = "inquiry"
"firm" = "account"
"rep" = "owner"
"product" = "product"
"stage" = "stage"
"start" = "engaged_on"
"end" = "closed_on"
"value" = "amount"
"""


def written(folder, text, name="file.csv"):
    """A file of that text, without the indentation of the test."""
    path = folder / name
    path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def load(path, mapping, **options):
    """Import it; whatever happens, the six sums add up to the rows."""
    mapping = parse(mapping)
    result = run(path, kind=mapping.kind, mapping=mapping, **options)
    assert sum(result[name] for name in SUMS) == result["rows"]
    return result


def sums(result):
    """The outcomes that occur, and how often."""
    return {name: result[name] for name in SUMS if result[name]}


def codes(result):
    """The warnings: code -> rows."""
    found = {}
    for warning in result["warnings"]:
        found[warning["code"]] = found.get(warning["code"], 0) + warning["rows"]
    return found
