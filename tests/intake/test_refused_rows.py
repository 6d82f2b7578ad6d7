"""What the database refuses only when it is written: that row alone is rejected, and the others are in."""

from types import SimpleNamespace

import pytest

from tests.intake.files import LEADS, load, sums, written
from winnow.intake import taking
from winnow.intake.into import Done
from winnow.leads import copying
from winnow.leads.clock import now
from winnow.leads.copying import copy_in
from winnow.leads.person import SharedAddress

pytestmark = pytest.mark.django_db


def test_a_row_that_is_refused_behind_our_back_is_found_and_rejected_alone(tmp_path, monkeypatch):
    SharedAddress.objects.create(value="3", reason="there before", created_at=now())
    tries = []

    def copied(lines, batch):
        tries.append(len(lines))
        copy_in("leads_sharedaddress", {
            "value": [line.key for line in lines], "reason": "copied", "created_at": copying.constant(batch.at),
        })
        batch.note("unknown_value", "told once a row", rows=len(lines))
        return [Done("created") for _ in lines]

    monkeypatch.setattr(taking, "loader", lambda kind: SimpleNamespace(load=copied))
    text = "id,date,mail,first,last,firm,from\n" + "".join(f"{n},,a{n}@acme.example,,,,\n" for n in range(1, 7))
    found = load(written(tmp_path, text), LEADS)
    assert sums(found) == {"created": 5, "rejected": 1}
    assert [(row["line"], "duplicate key" in row["reason"]) for row in found["rejected_rows"]] == [(4, True)]
    assert set(SharedAddress.objects.filter(reason="copied").values_list("value", flat=True)) == set("12456")
    assert tries == [6, 6, 3, 1, 2, 1, 1, 3], "as a whole, then by halves around the one that is refused"
    assert [w["rows"] for w in found["warnings"] if w["code"] == "unknown_value"] == [5]
