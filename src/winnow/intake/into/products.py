"""Rows of products: the list of what is sold."""

from winnow.intake.incoming import Unusable, text_of
from winnow.intake.into import Batch, Done, Line, rejected
from winnow.intake.into.deals import cents
from winnow.leads.opportunity import Product

COLUMNS = ("name", "line", "price_cents", "currency", "known")


def load(lines: list[Line], batch: Batch) -> list[Done]:
    """Take the products in; from now on they are known. One that an opportunity named before becomes so too."""
    return [_load(line) for line in lines]


def _load(line: Line) -> Done:
    try:
        name = text_of(line.fields, "name")
        code = line.key if not line.key.startswith("row:") else name
        if not name and line.key.startswith("row:"):
            return rejected("name is missing: a product needs a name or the sender's key")
        if len(name) > 200 or len(code) > 120:
            return rejected(f"name is {len(name)} characters long where 120 are the most")
        new = {
            "name": name or code, "line": text_of(line.fields, "line")[:40], "price_cents": cents(_price(line.fields)),
            "currency": text_of(line.fields, "currency").upper()[:3], "known": True,
        }
    except Unusable as unusable:
        return rejected(str(unusable))
    given = {column: value for column, value in new.items() if value not in (None, "")}
    product = Product.objects.filter(code=code).first() or Product.objects.filter(name=code, known=False).first()
    if product is None:
        return Done("created", "", "product", Product.objects.create(code=code, **given).pk)
    before = {column: getattr(product, column) for column, value in given.items() if getattr(product, column) != value}
    if before:
        Product.objects.filter(pk=product.pk).update(**given)
    return Done("updated" if before else "unchanged", "", "product", product.pk, before or None)


def _price(fields: dict):
    return fields.get("price")
