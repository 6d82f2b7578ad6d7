"""Who may open which address: one line for every name of the URLconf. A new page needs a line here, or a test fails.

    "noun-part": Page("MDS", post="S", of="lead")

The letters are roles: M marketing, D lead development, R sales rep, S sales manager, E executive, A administrator.
`get` and `post` say who may; None: the page doesn't take that method (405). PUBLIC: nobody has to be logged in.
`of` names the thing of `scene()` in test_access_matrix.py that the address is about. A rep sees the scene's own things
and not the foreign ones.
"""

from dataclasses import dataclass

ROLES = {"M": "marketing", "D": "development", "R": "rep", "S": "manager", "E": "executive", "A": "admin"}
ALL, PUBLIC, DESK, SEES_ALL = "MDRSEA", "public", "MDS", "MDSEA"


@dataclass(frozen=True)
class Page:
    """What is expected of one address."""

    get: str | None = ALL
    post: str | None = None
    of: str = ""
    foreign: bool = True  # whether a rep must not find the things of others here
    hidden: bool = False  # not there, rather than refused, for who may not
    sends: tuple[str, str] | None = None  # a field of the form and the thing it names, where nothing opens without


EXPECTED = {
    # session.py
    "start": Page(PUBLIC),
    "login": Page(PUBLIC, post=PUBLIC),
    "logout": Page(None, post=PUBLIC),
    "first-visit": Page(PUBLIC, post=PUBLIC),
    "preferences": Page(ALL, post=ALL),
    "preferences-password": Page(None, post=ALL),
    # administration.py
    "users": Page("A", post="A"),
    "user": Page("A", post="A", of="user"),
    "user-deactivation": Page(None, post="A", of="user"),
    "user-activation": Page(None, post="A", of="user"),
    "user-password": Page(None, post="A", of="user"),
    "keys": Page("A", post="A"),
    "key-revocation": Page(None, post="A", of="key"),
    "audit-trail": Page("SEA"),
    # postboxes.py
    "postboxes": Page("A", post="A"),
    "postbox": Page("A", post="A", of="postbox"),
    "postbox-trial": Page(None, post="A", of="postbox"),
    "held-mails": Page("MDSA"),
    "held-mail": Page("MDSA", post="MDSA", of="incoming"),
    "held-mail-setting-aside": Page(None, post="MDSA", of="incoming"),
    "incoming-mail-raw": Page(ALL, of="incoming"),
    # qualify.py
    "qualify": Page(ALL),
    "qualify-person": Page(ALL, of="person", foreign=False),  # leads a rep to the person's page, which refuses
    "person-answers": Page("MDRS", post="MDRS", of="person"),
    "person-calls": Page("MDRS", post="MDRS", of="person"),
    "person-disposition": Page(DESK, post=DESK, of="person"),
    "person-reopening": Page(None, post=DESK, of="person"),
    # sortings.py
    "qualify-many": Page(DESK, post=DESK),
    "sortings": Page(DESK, post=DESK),
    "sorting": Page(DESK, of="sorting"),
    "sorting-undoing": Page(None, post=DESK, of="sorting"),
    "matrix": Page(SEES_ALL),
    # explanation.py
    "person-explanation": Page(ALL, of="person"),
    "answer-withdrawal": Page(None, post="MDRS", of="answer"),
    # calls.py
    "calls": Page("MDRS", post="MDRS"),
    "call-scripts": Page("MS", post="MS"),
    "call-script": Page("MS", post="MS", of="script"),
    "person-phone": Page("MDRS", post="MDRS", of="person"),
    "interview": Page("MDRS", post="MDRS", of="interview"),
    "interview-ending": Page(None, post="MDRS", of="interview"),
    # people.py
    "find": Page(ALL),
    "people": Page(ALL),
    "lists": Page(None, post=ALL),
    "list-removal": Page(None, post="R", of="list"),  # everybody has own lists: the scene's is the rep's
    "person": Page(ALL, of="person"),
    "person-facts": Page(ALL, of="person"),
    "account": Page(ALL, of="account"),
    # lookups.py
    "account-look-up": Page(None, post="MDRS", of="account"),
    "account-look-up-removal": Page(None, post="MDRS", of="account"),
    # doubts.py
    "duplicates": Page(DESK),
    "duplicates-rule": Page(None, post=DESK),
    "person-apart": Page(None, post=DESK, of="person"),
    "account-apart": Page(None, post=DESK, of="account"),
    # merges.py
    "person-merge": Page(DESK, post=DESK, of="person"),
    "person-account": Page(DESK, post=DESK, of="person"),
    "account-merge": Page(DESK, post=DESK, of="account"),
    "merge-undoing": Page(None, post=DESK, of="merge"),
    # handoffs.py, working.py
    "handoff": Page(ALL),
    "handoff-history": Page(ALL),
    "handoff-response": Page("RS", post="RS", of="handoff"),
    "handoff-recall": Page(None, post=DESK, of="handoff"),
    "lead-handoff": Page(DESK, post=DESK, of="lead"),
    "lead": Page(ALL, of="lead"),
    "lead-touches": Page("RS", post="RS", of="lead"),
    "lead-step": Page("RS", post="RS", of="lead"),
    "lead-opportunity": Page("RS", post="RS", of="lead"),
    "lead-recycling": Page("RS", post="RS", of="lead"),
    "lead-disqualification": Page("RS", post="RS", of="lead"),
    "opportunity-outcome": Page("RS", post="RS", of="opportunity"),
    # definitions.py
    "definition": Page(ALL),
    "definition-sales": Page(ALL),
    "definition-difference": Page(ALL),
    "definition-version-sales": Page(ALL, of="definition"),
    "definition-renewal": Page(None, post="MS", of="definition"),
    # drafts.py
    "definition-draft": Page("MS", post="MS"),
    "definition-draft-effect": Page(None, post="MS"),
    # remarks.py
    "definition-remarks": Page(None, post="MDRS", of="definition"),
    "remark-answer": Page(None, post="MDRS", of="remark", foreign=False),
    "remark-withdrawal": Page(None, post="MDRS", of="remark", foreign=False),
    # definitions.py
    "definition-versions": Page(ALL),
    "definition-version": Page(ALL, of="definition"),
    "definition-text": Page(ALL, of="definition"),
    "definition-signature": Page(None, post="MS", of="definition"),  # in the scene one of each side may sign
    "definition-withdrawal": Page(None, post="MS", of="definition"),
    # claims.py
    "measure-claims": Page(SEES_ALL),
    # learned.py
    "definition-learned": Page(SEES_ALL, post="MSEA"),
    "definition-learned-progress": Page(SEES_ALL),
    "definition-learned-draft": Page(None, post="MS"),
    # backtests.py
    "definition-backtest": Page(ALL, post="MSE", of="definition"),
    "definition-backtest-progress": Page(SEES_ALL, of="definition"),
    "definition-backtest-trial": Page("MSE", of="definition"),
    "definition-backtest-values": Page(None, post="MS", of="definition"),
    # shadows.py
    "definition-shadow": Page(SEES_ALL, post="MS", of="definition"),
    "definition-shadow-end": Page(None, post="MS", of="definition"),
    # capture.py, imports.py
    "capture": Page(ALL),
    "invalid-inquiries": Page(ALL),
    "inquiry-validity": Page(ALL, post=DESK, of="inquiry"),
    "held": Page(ALL),
    "held-releases": Page(None, post="MDSA"),
    "arrival": Page("MDSA", post="MDSA", of="arrival"),
    "arrival-release": Page(None, post="MDSA", of="arrival"),
    "imported-row": Page("MDSA", post="MDSA", of="row"),
    # builder.py, form_results.py
    "hosted-forms": Page("MS"),
    "hosted-form-new": Page("MS", post="MS"),
    "hosted-form-settings": Page("MS", post="MS", of="form"),
    "hosted-form-places": Page("MS", of="form"),
    "hosted-form-versions": Page("MS", of="form"),
    "hosted-form-figures": Page("MS", of="form"),
    "hosted-form-people": Page("MS", of="form"),
    "hosted-form-test": Page("MS", post="MS", of="form"),
    "hosted-form-test-ending": Page(None, post="MS", of="form"),
    "hosted-form-variant": Page("MS", post="MS", of="form"),
    "hooks": Page("MSA", post="MSA"),
    "hook": Page("MSA", post="MSA", of="hook"),
    "hook-secret": Page(None, post="MSA", of="hook"),
    "hook-replay": Page(None, post="MSA", of="hook"),
    "hook-payload": Page("MSA", post="MSA", of="call"),
    "imports": Page("MDSA", post="MDSA"),
    "import": Page("MDSA", post="MDSA", of="import"),
    "import-progress": Page("MDSA", of="import"),
    "import-undo": Page(None, post="MSA", of="import"),
    "import-rejected": Page("MDSA", post="MDSA", of="import"),
    "mappings": Page("MDSA"),
    "mapping-removal": Page(None, post="MDSA", of="mapping"),
    # measure.py
    "measure": Page(SEES_ALL),
    "measure-sources": Page(SEES_ALL),
    "measure-cohorts": Page(SEES_ALL),
    "measure-stock": Page(SEES_ALL),
    "measure-reps": Page(SEES_ALL),
    "measure-people": Page(SEES_ALL),
    "measure-stock-people": Page(SEES_ALL),
    "measure-moves": Page(SEES_ALL),
    "measure-handoffs": Page(SEES_ALL),
    "measure-trails": Page(ALL),
    "measure-trail": Page(ALL, of="account"),
    "measure-report": Page(SEES_ALL, of="report"),
    # attract.py
    "attract": Page(ALL, post="MS"),
    "campaign": Page(ALL, post="MS", of="campaign"),
    "campaign-launch": Page(None, post="MS", of="campaign"),
    "campaign-costs": Page(None, post="MS", of="campaign"),
    "cost-withdrawal": Page(None, post="MS", of="cost"),
    "contents": Page(ALL, post="MS"),
    "content": Page("MS", post="MS", of="content"),
    # website.py
    "website": Page(SEES_ALL),
    "page-rules": Page(SEES_ALL, post="MS"),
    "page-rule-removal": Page(None, post="MS", of="page rule"),
    "person-pages": Page(ALL, of="person"),
    # events.py; the booth itself opens by its own address
    "events": Page(ALL, post="MS"),
    "event": Page(ALL, post="MS", of="event"),
    "event-devices": Page(None, post="MDRS", of="event"),
    "event-device-end": Page(None, post="MS", of="device"),
    "event-badges": Page(None, post="MS", of="event"),
    # nurture.py, outbox.py
    "nurture": Page(ALL),
    "kept-out": Page(SEES_ALL),
    "programme-new": Page("MS", post="MS"),
    "programme": Page(ALL, of="programme"),
    "programme-settings": Page("MS", post="MS", of="programme"),
    "programme-pause": Page(None, post="MS", of="programme"),
    "programme-resumption": Page(None, post="MS", of="programme"),
    "programme-enrolments": Page(None, post=DESK, of="programme"),
    "programme-tips": Page("MS", post="MS", of="programme"),
    "enrolment-end": Page(None, post=DESK, of="enrolment"),
    "enrolment-return": Page(None, post=DESK, of="enrolment"),
    "tip": Page(ALL, post="MS", of="tip"),
    "tip-preview": Page(ALL, of="tip"),
    "outbox": Page(ALL),
    "outbox-held": Page(None, post=DESK),
    "mail": Page(ALL, of="message"),
    "mail-preview": Page(ALL, of="message"),
    "mail-confirmation": Page(None, post=DESK, of="message"),
    "mail-recall": Page(None, post=DESK, of="message"),
    "mail-settlement": Page(None, post=DESK, of="message"),
    "suppressed": Page(DESK, post=DESK),
    "suppressed-lifting": Page(None, post=DESK),
    "suppressed-forgiveness": Page(None, post=DESK),
    "incoming": Page(SEES_ALL),
    "incoming-mail": Page(ALL, of="incoming"),
    # reviews.py, hygiene.py
    "review": Page(ALL),
    "reviews": Page(ALL, post="S"),
    "review-minutes": Page(ALL, of="review"),
    "review-closing": Page(None, post="S", of="review"),
    "review-attendance": Page("S", post="S", of="review"),
    "review-promises": Page("MDRS", post="MDRS", of="review"),
    "review-room": Page("MDRS", of="review"),
    "review-line": Page("MDRS", of="line"),
    "review-line-ending": Page("S", post="S", of="line"),
    "promise-keeping": Page(None, post="MDRS", of="promise"),
    "hygiene": Page(ALL),
    "lead-owner": Page(DESK, post=DESK, of="lead"),
    "opportunity-owner": Page("RS", post="RS", of="opportunity"),
    "opportunity-closing": Page("RS", post="RS", of="opportunity"),
    "product-spelling": Page(None, post=DESK, of="product", sends=("right", "listed product")),
    # look.py
    "look": Page("A", post="A", hidden=True),
    "look-room": Page("A", post="A", hidden=True),
}

OWN_DOORS = {
    "track-script", "page-view",
    "booth", "booth-door", "booth-entries", "booth-manifest", "booth-worker",
    "hosted-form", "hosted-form-thanks", "hosted-form-visit", "embed-script", "consent-confirmation", "unsubscribe",
    "unsubscribe-undo", "followed-link", "api-mail", "hook-call",
}  # fmt: skip
"""Addresses for the world outside, opened by a secret in the address or a key: tested in their own rooms."""
