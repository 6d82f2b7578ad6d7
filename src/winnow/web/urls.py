"""Every URL of Winnow. Nouns, never verbs; what is posted to a noun changes it.

Each page module has its own `urlpatterns`; the names are `noun` or `noun-part`.
"""

from importlib import import_module
from importlib.util import find_spec

PAGES = (
    "api", "public", "embedding", "session", "administration", "qualify", "sortings", "explanation", "people",
    "lookups", "merges", "doubts", "handoffs", "working", "definitions", "drafts", "remarks", "learned", "backtests",
    "shadows",
    "attract", "events", "booth", "calls", "capture", "held", "tracking", "website", "builder", "form_results",
    "validity", "imports", "mappings", "rejected_rows", "nurture", "outbox", "unsubscribe", "confirmation",
    "incoming_mail", "hooks_in", "hooks", "postboxes", "reviews", "measure", "claims", "stock", "assess",
    "look",
)

urlpatterns = [
    pattern
    for page in PAGES
    if find_spec(f"winnow.web.{page}")
    for pattern in getattr(import_module(f"winnow.web.{page}"), "urlpatterns", ())
]
