"""Real files of other firms: every row is taken, known again, judged, and nobody is merged with a stranger."""

import pytest
from django.db import transaction

from tests.intake.definition import signed
from tests.intake.files import codes, load, sums
from winnow.intake.incoming import incoming
from winnow.intake.source import Source
from winnow.leads.capture import take_inquiries
from winnow.leads.clock import now
from winnow.leads.due import judge_due
from winnow.leads.models import Account, AccountStanding, Identity, Inquiry, Opportunity, Person

pytestmark = pytest.mark.django_db

MQLS = """
as = "inquiries"
[columns]
"mql_id" = "external_id"
"first_contact_date" = "captured_at"
"origin" = "source"
[defaults]
channel = "web"
"""
WON = """
as = "opportunities"
[columns]
"seller_id" = "external_id"
"mql_id" = "inquiry"
"sdr_id" = "developer"
"sr_id" = "owner"
"won_date" = "closed_on"
"declared_monthly_revenue" = "amount"
[defaults]
won = true
currency = "BRL"
"""
PIPELINE = """
as = "opportunities"
[columns]
"opportunity_id" = "external_id"
"sales_agent" = "owner"
"product" = "product"
"account" = "account"
"deal_stage" = "stage"
"engage_date" = "engaged_on"
"close_date" = "closed_on"
"close_value" = "amount"
"""
PRODUCTS = """
as = "products"
[columns]
"product" = "name"
"series" = "line"
"sales_price" = "price"
"""
FICZON = """
as = "inquiries"
missing = ["", "#VALUE!", "XXXXXXX"]
[columns]
"Created" = "captured_at"
"Product_ID" = "product"
"Source" = "source"
"Mobile" = "phone"
"EMAIL" = "email"
"Sales_Agent" = "owner"
"Status" = "stage"
[formats]
captured_at = "%d-%m-%Y %H:%M"
"""


def judge_all():
    while judge_due():
        pass
    assert not AccountStanding.objects.filter(dirty=True).exists()


def test_inquiries_and_the_deals_they_led_to(shared_data):
    mqls = shared_data / "olist_funnel" / "mqls_to_2018-01.csv"
    deals = shared_data / "olist_funnel" / "deals_of_those_mqls.csv"
    assert sums(load(mqls, MQLS)) == {"created": 3143}
    assert sums(load(deals, WON)) == {"created": 213}
    assert sums(load(mqls, MQLS)) == {"unchanged": 3143} and sums(load(deals, WON)) == {"unchanged": 213}
    assert Opportunity.objects.filter(outcome="won", inquiry=None).count() == 0
    signed()
    judge_all()
    assert AccountStanding.objects.exclude(judged_at=None).count() == 3143


def test_a_win_before_the_first_contact_is_told(shared_data, tmp_path):
    load(shared_data / "olist_funnel" / "mqls_to_2018-01.csv", MQLS)
    deals = (shared_data / "olist_funnel" / "deals_of_those_mqls.csv").read_text().splitlines()
    cells = deals[1].split(",")
    deals[1] = ",".join([*cells[:4], "2016-01-01 10:00:00", *cells[5:]])
    planted = tmp_path / "deals.csv"
    planted.write_text("\n".join(deals) + "\n")
    result = load(planted, WON)
    assert sums(result) == {"created": 213} and codes(result)["won_before_contact"] == 1
    assert Opportunity.objects.filter(judged=False).count() == 1


def test_a_pipeline_without_inquiries(shared_data):
    folder = shared_data / "maven_crm"
    assert sums(load(folder / "products.csv", PRODUCTS)) == {"created": 7}
    result = load(folder / "sales_pipeline.csv", PIPELINE)
    assert sums(result) == {"created": 8800} and result["accounts_matched"] == 8800 - 1425
    assert codes(result)["unknown_value"] == 1480, "GTXPro stands on no list"
    assert Account.objects.filter(kind="placeholder").count() == 1
    assert Account.objects.filter(kind="company").count() == 85
    assert Opportunity.objects.filter(outcome="won").count() == 4238
    assert sums(load(folder / "sales_pipeline.csv", PIPELINE)) == {"unchanged": 8800}


def test_masked_people_are_nobody_twice_also_one_by_one(shared_data):
    path = shared_data / "ficzon" / "project_sales_data.csv"
    result = load(path, FICZON)
    assert result["rows"] == 7422 and sums(result) == {"created": 7422} and codes(result)["masked_key"] > 7000
    assert Person.objects.count() == Inquiry.objects.count() == 7422 and not Identity.objects.exists()
    source = Source(path, "inquiries", FICZON)
    for number, (line, _) in enumerate(source.lines()):
        if number == 100:
            break
        one, _ = incoming(line.fields, external_id=f"again {line.key}", at=now())
        with transaction.atomic():
            assert take_inquiries([one], at=now())[0].outcome == "created"
    assert Person.objects.count() == 7522
