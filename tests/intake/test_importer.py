"""Imports: every row counts once, the sums close, and a run that was broken off goes on where it stopped."""

import pytest
from django.db import connection

from tests.intake.files import DEALS, LEADS, codes, load, sums, written
from winnow.intake import taking
from winnow.intake.importer import Stopped
from winnow.leads.errors import Refusal
from winnow.leads.models import (
    Account,
    Cycle,
    FactRow,
    Identity,
    Import,
    ImportRow,
    Inquiry,
    Opportunity,
    Person,
    Product,
    StageChange,
    User,
)

pytestmark = pytest.mark.django_db

THREE = """
    id,date,mail,first,last,firm,from
    1,2024-03-01,ann@acme.example,Ann,Lee,Acme,fair
    2,2024-03-02,bob@acme.example,Bob,Ray,Acme,fair
    3,2024-03-03,ann@acme.example,Ann,Lee,Acme,web
"""


def test_rows_become_inquiries_of_people_in_one_account(tmp_path):
    result = load(written(tmp_path, THREE), LEADS)
    assert sums(result) == {"created": 2, "merged": 1} and result["accounts_matched"] == 3
    assert Person.objects.count() == 2 and Account.objects.get().domain == "acme.example"
    assert ImportRow.objects.filter(run_id=result["import_id"]).count() == 3


def test_who_writes_by_free_mail_is_of_the_company_that_another_row_brings(tmp_path):
    text = THREE + """    4,2024-03-04,cem@gmail.com,Cem,Kaya,ACME,web
    5,2024-03-05,dora@gmail.com,Dora,Fox,Acme Paris,web
"""
    assert load(written(tmp_path, text), LEADS)["accounts_matched"] == 5
    assert set(Account.objects.values_list("name", "domain")) == {("Acme", "acme.example"), ("Acme Paris", None)}


def test_the_same_file_again_changes_nothing_under_whatever_name(tmp_path):
    load(written(tmp_path, THREE), LEADS)
    again = load(written(tmp_path, THREE, "copy.csv"), LEADS)
    assert sums(again) == {"unchanged": 3} and FactRow.objects.filter(kind="inquiry").count() == 3


def test_without_a_key_equal_rows_are_counted_and_known_again(tmp_path):
    mapping = LEADS.replace('"id" = "external_id"\n', "")
    text = """
        date,mail,first,last,firm,from
        2024-03-01,ann@acme.example,Ann,Lee,Acme,fair
        2024-03-01,ann@acme.example,Ann,Lee,Acme,fair
        2024-03-02,bob@acme.example,Bob,Ray,Acme,fair
    """
    first = load(written(tmp_path, text), mapping)
    assert sums(first) == {"created": 2, "merged": 1} and codes(first)["duplicate_rows"] == 1
    more = text.rstrip() + "\n        2024-03-03,cem@acme.example,Cem,Kaya,Acme,fair\n"
    assert sums(load(written(tmp_path, more), mapping)) == {"unchanged": 3, "created": 1}


def test_a_changed_row_updates_and_keeps_what_was_before(tmp_path):
    load(written(tmp_path, THREE), LEADS)
    result = load(written(tmp_path, THREE.replace("Lee,Acme,web", "Lee,Acme,referral")), LEADS)
    assert sums(result) == {"unchanged": 2, "updated": 1}
    row = ImportRow.objects.get(run_id=result["import_id"], outcome="updated")
    assert row.before == {"source": "web"} and Inquiry.objects.get(pk=row.noun_id).source == "referral"


def test_what_cannot_be_taken_is_rejected_with_line_and_reason_and_kept(tmp_path):
    text = """
        id,date,mail,first,last,firm,from
        1,2024-03-01,ann@acme,Ann,Lee,Acme,fair
        2,2999-01-01,bob@acme.example,Bob,Ray,Acme,fair
        3,2024-03-01,cem@acme.example,Cem,Kaya,Acme,fair
        4,2024-03-01,dora@acme.example,Dora,Moe,Acme,fair,too,many
        5,the 31st,emil@acme.example,Emil,Fox,Acme,fair
    """
    result = load(written(tmp_path, text), LEADS)
    assert sums(result) == {"created": 1, "rejected": 4}
    reasons = {row["line"]: row["reason"] for row in result["rejected_rows"]}
    assert "email 'ann@acme'" in reasons[2] and "future" in reasons[3]
    assert "9 cells" in reasons[5] and "no date" in reasons[6]
    assert result["rejected_rows"][0]["raw"][2] == "ann@acme"


def test_masked_addresses_identify_nobody_in_one_file_or_row_by_row(tmp_path):
    row = "{},2024-03-01,aXXXXXXX@gmail.com,,,,web\n"
    head = "id,date,mail,first,last,firm,from\n"
    result = load(written(tmp_path, head + "".join(row.format(n) for n in range(3))), LEADS)
    assert codes(result)["masked_key"] == 3
    for number in range(3, 6):
        load(written(tmp_path, head + row.format(number)), LEADS)
    assert Person.objects.count() == 6 and not Identity.objects.exists()


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path):
    path = written(tmp_path, THREE)
    dry = load(path, LEADS, dry_run=True)
    assert not Import.objects.exists() and not Person.objects.exists() and dry["import_id"] is None
    done = load(path, LEADS)
    assert {**dry, "import_id": 0, "seconds": 0} == {**done, "import_id": 0, "seconds": 0}


def test_rows_of_today_are_no_history_and_start_their_clock(tmp_path):
    from winnow.leads.clock import now

    text = f"""
        id,date,mail,first,last,firm,from
        1,2024-03-01,ann@acme.example,Ann,Lee,Acme,fair
        2,{now():%Y-%m-%d %H:%M},bob@acme.example,Bob,Ray,Acme,fair
    """
    result = load(written(tmp_path, text), LEADS)
    assert codes(result)["claimed_history"] == 1
    old, new = Inquiry.objects.order_by("captured_at")
    assert (old.historic, new.historic) == (True, False)
    assert old.inquiry_due_at is None and new.inquiry_due_at is not None


def test_a_file_with_rows_that_the_database_refuses_loses_only_those(tmp_path, monkeypatch):
    from winnow.intake.into import inquiries

    real = inquiries.take_inquiries

    def poisoned(batch, **more):
        if any(one.first_name == "Bob" for one in batch):
            raise ValueError("no such thing")
        return real(batch, **more)

    monkeypatch.setattr(inquiries, "take_inquiries", poisoned)
    result = load(written(tmp_path, THREE), LEADS)
    assert sums(result) == {"created": 1, "merged": 1, "rejected": 1}
    assert "no such thing" in result["rejected_rows"][0]["reason"]


# -- broken off -------------------------------------------------------------------------------------------------------
@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(taking, "CHUNK_ROWS", 2)


def rows(count):
    lines = [f"{n},2024-03-01,p{n % 7}@firm{n % 3}.example,,P{n % 7},,web" for n in range(count)]
    return "id,date,mail,first,last,firm,from\n" + "\n".join(lines) + "\n"


@pytest.mark.django_db(transaction=True)
def test_a_run_that_was_stopped_goes_on_behind_the_last_chunk(tmp_path, small_chunks):
    path = written(tmp_path, rows(11))

    def stop(done, of):
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(Stopped, match="4 rows are in"):
        load(path, LEADS, progress=stop)
    assert Inquiry.objects.count() == 4
    result = load(path, LEADS)
    assert result["rows"] == 11 and Inquiry.objects.count() == 11 and Import.objects.count() == 1
    assert ImportRow.objects.values("line").distinct().count() == 11


@pytest.mark.django_db(transaction=True)
def test_two_who_carry_the_same_import_on_read_no_row_twice(tmp_path, small_chunks):
    path = written(tmp_path, rows(8))

    def another(done, of):
        if done == 2:
            load(path, LEADS)

    with pytest.raises(Refusal, match="carried on elsewhere"):
        load(path, LEADS, progress=another)
    found = Import.objects.get()
    assert (found.rows, found.state) == (8, "done") and Inquiry.objects.count() == 8


@pytest.mark.django_db(transaction=True)
def test_a_chunk_is_whole_or_not_at_all(tmp_path, small_chunks, monkeypatch):
    path, real = written(tmp_path, rows(6)), taking._keep_sums

    def dies_in_the_second(done, batch, part, after):
        if after.line > 3:
            raise RuntimeError("the machine dies")
        return real(done, batch, part, after)

    monkeypatch.setattr(taking, "_keep_sums", dies_in_the_second)
    with pytest.raises(RuntimeError):
        load(path, LEADS)
    assert Inquiry.objects.count() == ImportRow.objects.count() == 2
    monkeypatch.setattr(taking, "_keep_sums", real)
    assert load(path, LEADS)["rows"] == 6
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT i.external_id) FROM leads_inquiry i JOIN leads_importrow r"
                       " ON r.raw->>0 = i.external_id")
        assert cursor.fetchone() == (6, 6)


# -- opportunities ----------------------------------------------------------------------------------------------------
HEAD = "deal,lead,firm,rep,product,stage,start,end,value\n"


def test_a_won_deal_moves_the_cycle_of_its_inquiry_at_its_own_dates(tmp_path):
    load(written(tmp_path, THREE), LEADS)
    sam = User.objects.create_user("sam@winnow.example", role="rep", name="Sam")
    User.objects.filter(pk=sam.pk).update(external_name="rep-7")
    result = load(written(tmp_path, HEAD + "d1,2,,rep-7,Mill,Won,2024-04-01,2024-05-02,1200.50\n"), DEALS)
    assert sums(result) == {"created": 1} and result["accounts_matched"] == 1
    deal = Opportunity.objects.get()
    assert (deal.outcome, deal.amount_cents, deal.owner, deal.judged) == ("won", 120050, sam, True)
    assert deal.inquiry.external_id == "2" and deal.person.first_name == "Bob" and not deal.product.known
    moves = StageChange.objects.filter(cycle=deal.cycle).order_by("id")
    assert [(move.after, f"{move.at:%F}", f"{move.known_at:%F}") for move in moves] == [
        ("new", "2024-03-02", "2024-03-02"), ("opportunity", "2024-04-01", "2024-04-01"),
        ("won", "2024-05-02", "2024-05-02"),
    ]
    told = FactRow.objects.filter(other_id=deal.pk).order_by("id")
    assert [(fact.kind, fact.claimed, f"{fact.known_at:%F}") for fact in told] == [
        ("opportunity_moved", True, "2024-04-01"), ("won", True, "2024-05-02"),
    ]


def test_a_deal_closed_before_the_first_contact_is_loaded_and_told(tmp_path):
    load(written(tmp_path, THREE), LEADS)
    result = load(written(tmp_path, HEAD + "d1,1,,,,Won,,2024-02-01,10\n"), DEALS)
    assert codes(result)["won_before_contact"] == 1
    deal = Opportunity.objects.get()
    assert not deal.judged and deal.cycle.stage == "won"
    first, *_, last = StageChange.objects.filter(cycle=deal.cycle).order_by("id")
    assert last.known_at >= first.known_at, "a balance as of a past day has to close"


def test_a_deal_closed_before_it_began_is_loaded_and_told(tmp_path):
    result = load(written(tmp_path, HEAD + "d1,,Acme,,,Lost,2024-03-01,2024-02-01,10\n"), DEALS)
    assert codes(result)["impossible_dates"] == 1 and Opportunity.objects.get().outcome == "lost"


def test_deals_without_an_account_share_a_placeholder_that_counts_as_none(tmp_path):
    two = "d1,,,,,Engaging,2024-03-01,,10\nd2,,,,,Prospecting,,,\n"
    result = load(written(tmp_path, HEAD + two + "d3,,Acme,,,Won,,2024-03-01,5\n"), DEALS)
    assert result["accounts_matched"] == 1
    assert sorted(Account.objects.values_list("kind", flat=True)) == ["company", "placeholder"]
    assert Account.objects.get(kind="company").customer


def test_a_stage_of_today_is_known_only_now(tmp_path):
    load(written(tmp_path, HEAD + "d1,,Acme,,,Engaging,2024-03-01,,10\n"), DEALS)
    opened, today = FactRow.objects.order_by("id")
    assert (opened.code, opened.amount_cents, opened.claimed) == ("open", None, True)
    assert (today.code, today.amount_cents, today.known_at) == ("Engaging", 1000, today.recorded_at)


def test_the_same_deal_again_is_unchanged_and_a_new_outcome_is_recorded(tmp_path):
    load(written(tmp_path, THREE), LEADS)
    load(written(tmp_path, HEAD + "d1,1,,,,Engaging,2024-03-05,,10\n"), DEALS)
    assert sums(load(written(tmp_path, HEAD + "d1,1,,,,Engaging,2024-03-05,,10\n"), DEALS)) == {"unchanged": 1}
    result = load(written(tmp_path, HEAD + "d1,1,,,,Won,2024-03-05,2024-04-05,12\n"), DEALS)
    assert sums(result) == {"updated": 1}
    deal = Opportunity.objects.get()
    assert deal.outcome == "won" and Cycle.objects.get(pk=deal.cycle_id).stage == "won"
    assert FactRow.objects.filter(kind="won", other_id=deal.pk).count() == 1


def test_a_deal_finds_its_inquiry_also_when_that_comes_later(tmp_path):
    text = HEAD + "d1,1,Acme,,,Won,2024-03-05,2024-04-05,12\n"
    first = load(written(tmp_path, text), DEALS)
    assert "unknown_value" in codes(first)
    load(written(tmp_path, THREE, "leads.csv"), LEADS)
    assert sums(load(written(tmp_path, text), DEALS)) == {"updated": 1}
    deal = Opportunity.objects.get()
    assert deal.inquiry.external_id == "1" and deal.judged and deal.cycle.stage == "won"
    assert sums(load(written(tmp_path, text), DEALS)) == {"unchanged": 1}
    counting = [
        fact.pk for fact in FactRow.objects.filter(kind="won")
        if not FactRow.objects.filter(kind="withdrawn", other_id=fact.pk).exists()
    ]
    assert len(counting) == 1


def test_a_product_is_called_unknown_only_where_there_is_a_list(tmp_path):
    text = HEAD + "d1,,Acme,,MillPro,Won,,2024-03-01,5\nd2,,Acme,,Mill,Won,,2024-03-01,5\n"
    assert "unknown_value" not in codes(load(written(tmp_path, text), DEALS, dry_run=True))
    products = 'as = "products"\n[columns]\n"name" = "name"\n"price" = "price"\n'
    assert sums(load(written(tmp_path, "name,price\nMill,10.50\nSieve,3\n", "p.csv"), products)) == {"created": 2}
    result = load(written(tmp_path, text), DEALS)
    assert codes(result)["unknown_value"] == 1
    assert set(Product.objects.values_list("code", "known")) == {("Mill", True), ("Sieve", True), ("MillPro", False)}
    assert Product.objects.get(code="Mill").price_cents == 1050


def test_one_amount_that_dwarfs_the_rest_is_told(tmp_path):
    lines = "".join(f"d{n},,Acme,,,Won,,2024-03-01,{n}\n" for n in range(1, 6))
    result = load(written(tmp_path, HEAD + lines + "d9,,Acme,,,Won,,2024-03-01,50000000\n"), DEALS)
    assert codes(result)["outlier_dominates"] == 1
