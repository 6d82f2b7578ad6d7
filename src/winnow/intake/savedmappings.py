"""Mappings kept under a name: found again by the columns of a file."""

from pathlib import Path

from winnow.intake.fields import plain
from winnow.intake.mapping import Mapping, parse
from winnow.intake.tables import Table
from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.imports import SavedMapping

ENOUGH = 0.6
"""The share of the columns that a file and a mapping have to have in common."""


def keep_as(name: str, mapping: Mapping, kind: str, columns: list[str], options: dict, *, by) -> SavedMapping:
    """Keep a mapping under a name; one that has the name already is replaced. Refusal when the name won't do."""
    name = " ".join(name.split())
    if not name or len(name) > 80:
        raise Refusal(f"A mapping's name has 1 to 80 characters; this one has {len(name)}.")
    saved, made = SavedMapping.objects.update_or_create(
        name=name,
        defaults={
            "kind": kind, "mapping": mapping.text, "columns": columns, "options": options, "kept_at": now(), "by": by,
        },
    )
    audited(by, "keep mapping", saved, f"{name}{'' if made else ', anew'}")
    return saved


def remove(saved: SavedMapping, *, by) -> None:
    """Take it off the list; imports that were made with it keep their own copy."""
    audited(by, "remove mapping", saved, saved.name)
    saved.delete()


def fitting(path: Path, table: Table, kind: str | None = None) -> tuple[SavedMapping, Mapping, Table] | None:
    """The mapping whose columns are those of the file, best first, with the file as it reads it; None if none is.

    All columns that it maps have to be there; of several the one with most columns in common, then the newest.
    """
    found = []
    candidates = SavedMapping.objects.filter(kind=kind) if kind else SavedMapping.objects.all()
    for saved in candidates.order_by("-kept_at"):
        try:
            mapping = parse(saved.mapping)
            read = mapping.open(path) if mapping.file else table
            mapping.check(read, saved.kind)
        except Refusal:  # made for other columns, or for a file that is written otherwise
            continue
        here, there = set(map(plain, read.columns)), set(map(plain, saved.columns))
        share = len(here & there) / max(1, len(here | there))
        if share >= ENOUGH:
            found.append((share, len(found), saved, mapping, read))
    if not found:
        return None
    _, _, saved, mapping, read = max(found, key=lambda one: (one[0], -one[1]))
    SavedMapping.objects.filter(pk=saved.pk).update(used_at=now())
    return saved, mapping, read
