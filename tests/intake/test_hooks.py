"""Hooks: what tools post in their own shape is kept as it came, read by a mapping, repaired and read again."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tries import tries
from winnow.intake import hooks, payloads, proofs
from winnow.intake.activity_arrivals import record_pending
from winnow.intake.arrivals import process_pending, repair
from winnow.intake.hook_mapping import body_of, checked, lists_of, sample, suggested
from winnow.intake.proofs import Unproven, proven, sign
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.hook import Hook, HookCall
from winnow.leads.models import Arrival, FactRow, Inquiry
from winnow.leads.sealing import seal, unseal

BODY = b'{"test": 2432232314}'
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
AT = datetime.fromtimestamp(1614265330, UTC)
SIGNED = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}  # fmt: skip
MAPPING = """
system = "forms"
[columns]
"lead.id" = "external_id"
"lead.mail" = "email"
"lead.name" = "full_name"
"fields[name=when].values[0]" = "answers.timing"
"messages[*]" = "message"
[values."answers.timing"]
"this month" = "yes"
[defaults]
channel = "chat"
source = "site chat"
"""


def payload(**more):
    lead = {"id": 7, "mail": "ann@acme.example", "name": "Ann Lee"} | more
    return {
        "lead": lead, "fields": [{"name": "when", "values": ["this month"]}, {"name": "size", "values": []}],
        "messages": [{"author": "Ann", "text": "Which mill suits rye?"}, {"author": "Sam", "text": "The small one."}],
    }  # fmt: skip


def post(hook, body, key="", kind="application/json"):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return hooks.receive(hook, raw, content_type=kind, key=key, proof="", at=now())


# -- who calls --------------------------------------------------------------------------------------------------------
def signed_hook(**more):
    return Hook(proof="signature", secret=seal(SECRET), **more)


def test_the_signature_of_the_specification_is_the_one_that_is_made():
    assert sign(SECRET, SIGNED["webhook-id"], 1614265330, BODY) == SIGNED["webhook-signature"]
    assert proven(signed_hook(), SIGNED, BODY, AT) == "a signature by the secret"
    svix = {name.replace("webhook", "svix"): value for name, value in SIGNED.items()}
    assert proven(signed_hook(), svix, BODY, AT)
    several = SIGNED | {"webhook-signature": f"v1a,x v1,bm9wZQ== v2,y {SIGNED['webhook-signature']}"}
    assert proven(signed_hook(), several, BODY, AT)


@pytest.mark.parametrize("change, body, seconds, why", [
    ({}, BODY + b" ", 0, "no signature fits"),
    ({"webhook-id": "msg_other"}, BODY, 0, "no signature fits"),
    ({"webhook-timestamp": "1614265331"}, BODY, 0, "no signature fits"),
    ({"webhook-signature": "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}, BODY, 0, "version v1"),
    ({"webhook-signature": "v1,"}, BODY, 0, "no signature fits"),
    ({"webhook-signature": "v1,ü"}, BODY, 0, "no signature fits"),
    ({"webhook-id": ""}, BODY, 0, "missing"),
    ({"webhook-timestamp": "161426533.0"}, BODY, 0, "no number"),
    ({}, BODY, 301, "301 s old"),
    ({}, BODY, -301, "301 s ahead"),
])  # fmt: skip
def test_what_is_not_signed_so_is_not_believed(change, body, seconds, why):
    with pytest.raises(Unproven, match=why):
        proven(signed_hook(), SIGNED | change, body, AT + timedelta(seconds=seconds))


def test_the_secret_before_counts_for_a_while_after_a_change():
    new = proofs.PREFIX + base64.b64encode(b"another secret, 24 bytes").decode()
    hook = Hook(proof="signature", secret=seal(new), secret_before=seal(SECRET), before_until=AT + timedelta(hours=1))
    assert proven(hook, SIGNED, BODY, AT) == "a signature by the secret before"
    hook.before_until = AT
    with pytest.raises(Unproven):
        proven(hook, SIGNED, BODY, AT)


def test_simpler_tools_show_a_secret_in_a_header_or_by_name_and_password():
    hook = Hook(proof="header", secret=seal("barn owl"))
    assert proven(hook, {"X-Webhook-Secret": "barn owl"}, b"", AT) == "the secret"
    hook.header = "Authorization"
    assert proven(hook, {"Authorization": "Bearer barn owl"}, b"", AT)
    for wrong in ({}, {"Authorization": "Bearer barn ow"}):
        with pytest.raises(Unproven):
            proven(hook, wrong, b"", AT)
    made = hmac.new(b"barn owl", b"{}", "sha256")
    digest = Hook(proof="digest", secret=seal("barn owl"))
    for shown in (f"sha256={made.hexdigest()}", base64.b64encode(made.digest()).decode()):
        assert proven(digest, {"X-Hub-Signature-256": shown}, b"{}", AT) == "a digest by the secret"
    for wrong in ({}, {"X-Hub-Signature-256": f"sha256={made.hexdigest()}"}):
        with pytest.raises(Unproven):
            proven(digest, wrong, b"{ }", AT)
    basic = Hook(proof="basic", header="chat", secret=seal("pass:word"))
    coded = base64.b64encode(b"chat:pass:word").decode()
    assert proven(basic, {"Authorization": f"Basic {coded}"}, b"", AT)
    for wrong in ("", "Basic ü", "Basic " + base64.b64encode(b"other:pass:word").decode()):
        with pytest.raises(Unproven):
            proven(basic, {"Authorization": wrong}, b"", AT)


def test_a_sealed_secret_opens_with_the_key_of_this_instance_alone(settings):
    sealed = seal("mill")
    assert "mill" not in sealed and unseal(sealed) == "mill" and seal("") == unseal("") == ""
    settings.SECRET_KEY = "another"
    with pytest.raises(Refusal, match="type it in again"):
        unseal(sealed)


# -- what it says -----------------------------------------------------------------------------------------------------
def test_each_value_has_a_path_and_a_list_is_one_text_too():
    flat = payloads.flat(payload())
    assert flat["lead.id"] == "7" and flat["fields[name=when].values[0]"] == "this month"
    assert flat["messages[*]"] == "Ann: Which mill suits rye?\nSam: The small one."
    assert payloads.flat({"a": None, "b": "", "c": [True, 1.5]}) == {"c[0]": "true", "c[1]": "1.5", "c[*]": "true, 1.5"}
    deep = {}
    for _ in range(2000):
        deep = {"a": deep}
    assert payloads.flat(deep) == {}
    assert len(payloads.flat({"a": list(range(5000))})) <= payloads.MOST_VALUES


@pytest.mark.parametrize("kind, raw", [
    ("application/json", b'\xef\xbb\xbf{"mail": "ann@acme.example", "n": ["1", "2"]}'),
    ("application/x-www-form-urlencoded", b"mail=ann%40acme.example&n[]=1&n[]=2"),
    ("multipart/form-data; boundary=b",
     b'--b\r\nContent-Disposition: form-data; name="mail"\r\n\r\nann@acme.example\r\n'
     b'--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n["1", "2"]\r\n--b--\r\n'),
    ("text/plain", b'{"mail": "ann@acme.example", "n": ["1", "2"]}'),
])  # fmt: skip
def test_forms_and_json_read_the_same(kind, raw):
    assert payloads.read(raw, kind) == {"mail": "ann@acme.example", "n": ["1", "2"]}


@pytest.mark.parametrize("raw, why", [
    (b"", "empty"), (b"<a/>", "XML"), (b"\xff{", "UTF-8"), (b'{"a": ', "no JSON"), (b"[" * 100_000, "no JSON"),
])  # fmt: skip
def test_what_cannot_be_read_says_why(raw, why):
    with pytest.raises(payloads.NotRead, match=why):
        payloads.read(raw, "application/json")


# -- from call to inquiry ---------------------------------------------------------------------------------------------
@pytest.fixture
def hook(db):
    return hooks.make(name="Chat", mapping=MAPPING, proof="address")[0]


def test_a_call_becomes_an_inquiry_by_the_mapping_and_its_fixed_values(hook):
    number, again = post(hook, payload(), "m1")
    assert not again and post(hook, payload(), "m1") == (number, True)
    Hook.objects.filter(pk=hook.pk).update(proof="signature")
    signed = Hook.objects.get()
    assert post(signed, payload(), "m9")[1] is False and post(signed, payload(name="Eve"), "m9")[1] is True
    HookCall.objects.exclude(pk=number).delete()
    assert hooks.process_calls() == 1 and process_pending() == 1
    inquiry = Inquiry.objects.get()
    assert (inquiry.channel, inquiry.source, inquiry.external_id, inquiry.system) == ("chat", "site chat", "7", "forms")
    assert inquiry.person.name == "Ann Lee" and inquiry.message.startswith("Ann: Which mill")
    assert inquiry.answers["timing"] == "yes"
    call = HookCall.objects.get()
    assert (call.state, call.taken, call.refused) == ("done", 1, 0) and json.loads(bytes(call.raw)) == payload()
    post(hook, payload(name="Ann Lee-Ray"), "m2")  # the same conversation went on
    hooks.process_calls(), process_pending()
    assert Inquiry.objects.count() == 1


def test_one_bad_item_of_many_is_kept_aside_and_read_again_after_the_mapping_was_changed(hook):
    Hook.objects.filter(pk=hook.pk).update(each="events")
    hook.refresh_from_db()
    post(hook, {"events": [payload(), payload(id=8, mail="bob at bolt"), {"ping": 1}]})
    hooks.process_calls(), process_pending()
    call = HookCall.objects.get()
    assert (call.state, call.taken, call.refused, call.passed_over) == ("done", 1, 1, 1)
    bad = Arrival.objects.get(state="rejected")
    assert bad.reason.startswith("email 'bob at bolt'") and hooks.waiting(hook).get() == call
    changed = MAPPING.replace('"lead.mail" = "email"', '"lead.mail" = "answers.m"')
    Hook.objects.filter(pk=hook.pk).update(mapping=changed)
    assert hooks.replay(hook, by=None) == 1
    hooks.process_calls(), process_pending()
    assert Inquiry.objects.count() == 2 and not hooks.waiting(hook).exists()
    assert Inquiry.objects.get(external_id="8").answers["m"] == "bob at bolt"
    assert Arrival.objects.get(repaired_from=bad).state == "done"


def test_an_item_that_somebody_repaired_stays_as_it_was_repaired(hook):
    post(hook, payload(mail="ann at acme"))
    hooks.process_calls()
    bad = Arrival.objects.get()
    repair(bad, bad.body | {"email": "ann@acme.example"}, by=None)
    process_pending()
    hooks.replay(hook, by=None, calls=[HookCall.objects.get()])
    hooks.process_calls(), process_pending()
    assert Inquiry.objects.count() == 1 and Arrival.objects.count() == 2


def test_a_call_that_cannot_be_read_waits_with_its_bytes_and_stops_no_other(hook):
    for raw in (b"{", b"\xff", json.dumps({"other": 1}).encode(), json.dumps({"events": 7}).encode()):
        post(hook, raw)
    post(hook, payload())
    assert hooks.process_calls() == 5 and process_pending() == 1
    states = dict(HookCall.objects.values_list("reason", "state"))
    assert list(states.values()).count("rejected") >= 3 and Inquiry.objects.count() == 1
    Hook.objects.filter(pk=hook.pk).update(mapping='as = "inquiries"\n[columns]\nother = "external_id"\n')
    hooks.replay(hook, by=None)
    hooks.process_calls(), process_pending()
    assert Inquiry.objects.filter(external_id="1", system=f"hook {hook.pk}").exists()


def test_a_hook_of_activities_makes_facts(db):
    hook, _ = hooks.make(name="Site", makes="activities", proof="address", each="visits", mapping="""
        [columns]
        who = "person"
        what = "kind"
        page = "content"
        at = "happened_at"
        """)
    at = int(now().timestamp()) - 60
    post(hook, {"visits": [{"who": "ann@acme.example", "what": "page view", "page": "/prices", "at": at},
                           {"who": "", "what": "page view"}]})
    hooks.process_calls(), record_pending()
    fact = FactRow.objects.get(kind="page_seen")
    assert int(fact.happened_at.timestamp()) == at
    assert Arrival.objects.get(state="rejected").makes == "activity"


def test_a_mapping_is_suggested_by_the_last_payloads(db):
    hook, secret = hooks.make(name="New")
    assert secret.startswith("whsec_") and len(base64.b64decode(secret[6:])) == 24 and len(hook.code) == 32
    post(hook, {"data": {"email": "ann@acme.example", "first_name": "Ann", "company_name": "Acme"}, "rows": [{"a": 1}]})
    hooks.process_calls()
    assert HookCall.objects.get().state == "rejected", "nothing is mapped yet; it waits"
    assert sample(hook)["data.email"] == ["ann@acme.example"] and lists_of(hook) == ["rows"]
    found = suggested(hook)
    assert found["data.email"] == "email" and found["data.first_name"] == "first_name"
    assert found["data.company_name"] == "company"
    with pytest.raises(Refusal, match="no field 'mail'"):
        hooks.make(name="Wrong", mapping='[columns]\na = "mail"\n')




# -- the door ---------------------------------------------------------------------------------------------------------
def test_the_door_keeps_what_is_proven_and_refuses_the_rest_in_words(client, db):
    hook, secret = hooks.make(name="Chat", mapping=MAPPING)
    stamp, body = int(now().timestamp()), json.dumps(payload())
    headers = {
        "webhook-id": "m1", "webhook-timestamp": str(stamp),
        "webhook-signature": sign(secret, "m1", stamp, body.encode()),
    }  # fmt: skip

    def send(code=hook.code, content=body, **more):
        return client.post(f"/hooks/in/{code}/", content, content_type="application/json", headers=headers | more)

    first, again = send(), send()
    assert (first.status_code, again.status_code) == (202, 202) and first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true" and HookCall.objects.get().proof == "a signature by the secret"
    refused = send(content=body + " ")
    assert refused.status_code == 401 and "no signature fits" in refused.json()["error"]["text"]
    hook.refresh_from_db()
    assert "no signature fits" in hook.refused and secret not in refused.content.decode()
    assert send(code="nobody").status_code == 404 and client.get(f"/hooks/in/{hook.code}/").status_code == 405
    assert send(content="x" * 1_000_001).status_code == 413
    hooks.rotate(hook, by=None)
    assert send(**{"webhook-id": "m1"}).status_code == 202, "the secret before counts for a while"
    Hook.objects.update(active=False)
    assert send().status_code == 410 and HookCall.objects.count() == 1


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4), max_leaves=20,
)  # fmt: skip
KINDS = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "", "x")


@settings(max_examples=tries(40, 2000))
@given(ODD.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60), st.sampled_from(KINDS))
def test_whatever_a_tool_sends_is_read_or_refused_in_words(raw, kind):
    hook = Hook(makes="inquiries", pk=1)
    mapping = checked('[columns]\n"a" = "email"\n"value" = "message"\n"b[*]" = "answers.b"\n', "inquiries")
    try:
        things = payloads.items(payloads.read(raw, kind), "")
    except payloads.NotRead as refused:
        assert str(refused)
        return
    for thing in things:
        flat = payloads.flat(thing)
        assert all(isinstance(text, str) and "\0" not in path + text for path, text in flat.items())
        json.dumps(body_of(hook, mapping, flat)[0]).encode()
