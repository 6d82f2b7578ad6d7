"""What a browser would send of a form that nobody touched, as a mapping to change a few answers in."""

from django.http import QueryDict


def untouched(form) -> dict:
    """Names and values of every field, as they would be posted."""
    said = {}
    for name, field in form.fields.items():
        value = form.get_initial_for_field(field, name)
        if value is None or value is False or value == "":
            continue
        if isinstance(value, list):
            said[name] = value if hasattr(field, "choices") else "\n".join(value)
        else:
            said[name] = "on" if value is True else str(value)
    return said


def posted(said: dict) -> QueryDict:
    """The same as a view gets it."""
    data = QueryDict(mutable=True)
    for name, value in said.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data
