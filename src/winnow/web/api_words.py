"""What the API says of itself: bodies, answers and refusals as OpenAPI describes them."""

from django.http import JsonResponse

from winnow.intake.arrivals import clean
from winnow.intake.incoming import LONGEST, LONGEST_ANSWER, MOST_ANSWERS
from winnow.intake.into.activities import KINDS
from winnow.policy.facts import INTERESTS

LONGEST_BODY = 65_536
LONGEST_BULK = 5_000_000
MOST_ITEMS = 1_000
REFUSALS = {
    401: "no live key was given",
    403: "the key's role doesn't have this right",
    404: "there is no such thing for this key",
    409: "the Idempotency-Key came before with another body, or what is asked for can't be done as things stand",
    413: f"the body is longer than {LONGEST_BODY:,} bytes, of many items than {LONGEST_BULK:,}",
    415: "the body is not application/json (many items may be application/x-ndjson)",
    422: "something in the call can't be read; `error.field` names it",
    429: "the key has used its calls of this minute; come again after `Retry-After` seconds",
    503: "it could not be kept and was not; send it again after `Retry-After` seconds",
}
_CODES = {
    401: "no_key", 403: "forbidden", 404: "not_found", 409: "conflict", 413: "too_long", 415: "wrong_type",
    422: "unusable", 429: "too_many", 503: "unavailable",
}


def refused(status: int, text: str, **more) -> JsonResponse:
    """A refusal: the thing, the reason, the way out; `field` where one is meant."""
    return JsonResponse({"error": clean({"code": _CODES[status], "text": text, **more})}, status=status)


def described(answers: dict[int, dict], *refusals: int) -> dict:
    """The responses of an operation for OpenAPI."""
    found = {}
    for status, schema in answers.items():
        found[status] = {"description": schema["description"], "content": {"application/json": {"schema": schema}}}
        if status == 202:
            found[status]["headers"] = {
                "Location": {"schema": {"type": "string"}},
                "Idempotent-Replayed": {
                    "description": "true where the same key was kept before", "schema": {"type": "string"},
                },
            }
    for status in refusals:
        found[status] = {"description": REFUSALS[status], "content": {"application/json": {"schema": ERROR}}}
        if status in (429, 503):
            found[status]["headers"] = {"Retry-After": {"schema": {"type": "string"}}}
    return found


def _object(description: str, properties: dict, required: list[str] | None = None) -> dict:
    return {
        "type": "object", "description": description, "properties": properties,
        "required": list(properties) if required is None else required,
    }


def _or_null(schema: dict) -> dict:
    return {"anyOf": [schema, {"type": "null"}]}


_ID = {"type": "integer", "minimum": 1}
_TEXT = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}
ERROR = _object("Why it was refused", {
    "error": _object("The reason", {
        "code": {"type": "string", "enum": sorted(_CODES.values())}, "text": _TEXT, "field": _TEXT,
        "arrival": {**_ID, "description": "what was posted is kept under this id and can be repaired"},
    }, ["code", "text"]),
})
ACCEPTED = _object("Kept; understood right after", {
    "id": _ID, "state": {"type": "string", "const": "pending"}, "href": _TEXT,
})
VERDICT = _object("What the definition in force said last", {
    "score": {"type": "number"}, "grade": {"type": "string", "enum": ["A", "B", "C", "D"]},
    "ready": {"type": "boolean"}, "unmet": {"type": "array", "items": _TEXT}, "judged_at": _TIME,
})
ARRIVAL = _object("What became of it", {
    "id": _ID, "state": {"type": "string", "enum": ["pending", "done", "rejected", "quarantined"]},
    "reason": {"type": "string", "description": "why it was rejected or held back"}, "received_at": _TIME,
    "inquiry": _or_null(_object("The inquiry it became", {
        "id": _ID, "captured_at": _TIME, "valid": {"type": "boolean"}, "invalid_reason": _TEXT,
        "external_id": _or_null(_TEXT),
    })),
    "person": _or_null(_object("Whose it is", {"id": _ID, "href": _TEXT, "account": _ID})),
    "verdict": _or_null(VERDICT),
})
VALIDITY = _object("Whether it counts now", {
    "id": _ID, "inquiry": _ID, "valid": {"type": "boolean"}, "invalid_reason": _TEXT,
    "changed": {"type": "boolean", "description": "false where it was so already"},
    "judged": _or_null(_object("Who said so last, and why", {"said": _TEXT, "at": _TIME, "by": _or_null(_TEXT)})),
})
PERSON = _object("One person", {
    "id": _ID, "kind": {"type": "string", "enum": ["human", "mailbox"]}, "first_name": _TEXT, "last_name": _TEXT,
    "email": _TEXT, "phone": _TEXT, "title": _TEXT, "country": _TEXT,
    "account": _object("Their organisation", {"id": _ID, "name": _TEXT, "kind": _TEXT}),
    "owner": _or_null(_TEXT),
    "cycle": _or_null(_object("The newest trip through the funnel", {
        "number": {"type": "integer"}, "stage": _TEXT, "since": _TIME,
    })),
    "verdict": _or_null(VERDICT),
})
REPORT = _object("A report", {
    "report": _TEXT, "question": _TEXT, "as_of": _TEXT, "rows": {"type": "array", "items": {"type": "object"}},
    "totals": {"type": "object"}, "warnings": {"type": "array", "items": {"type": "object"}},
}, ["report", "rows"])

ACTIVITY = _object("What became of it", {
    "id": _ID, "state": {"type": "string", "enum": ["pending", "done", "rejected"]}, "reason": _TEXT,
    "received_at": _TIME, "person": _or_null(_object("Whose it is", {"id": _ID, "href": _TEXT, "account": _ID})),
    "happened_at": _or_null(_TIME),
})
ARRIVALS = _object("What came in, oldest first", {
    "items": {"type": "array", "items": _object("One", {
        "id": _ID, "state": _TEXT, "reason": _TEXT, "received_at": _TIME, "href": _TEXT, "person": _or_null(_ID),
    })},
    "next": {"type": "integer", "description": "give it as `after` for what comes behind"},
    "more": {"type": "boolean", "description": "whether there is a next page already"},
})
MANY = _object("What became of each, in the order in which they were sent", {
    "accepted": {"type": "integer"}, "replayed": {"type": "integer"}, "refused": {"type": "integer"},
    "items": {"type": "array", "items": _object("One item", {
        "index": {"type": "integer", "minimum": 0},
        "status": {"type": "string", "enum": ["accepted", "replayed", "refused"]},
        "id": _ID, "href": _TEXT, "reason": _TEXT, "field": _TEXT,
        "arrival": {**_ID, "description": "what can't be read is kept under this id and can be repaired"},
    }, ["index", "status"])},
})

MAIL = {"post": {
    "operationId": "postMail", "summary": "Bring a mail in", "tags": ["mail"],
    "description": "The mail as it came, with its headers. Who forwards and who is answered is found out at once.",
    "security": [{"Key": []}],
    "requestBody": {"required": True, "content": {
        "message/rfc822": {"schema": {"type": "string", "format": "binary"}},
    }},
    "responses": described({201: _object("What it was taken for, and what was done; 200 for a mail that came before", {
        "id": _ID, "kind": _TEXT, "hard": _or_null({"type": "boolean"}), "address": _TEXT, "reason": _TEXT,
        "did": _TEXT, "person": _or_null(_ID), "message": _or_null(_ID), "again": {"type": "boolean"},
    })}) | {str(status): {"description": REFUSALS[status]} for status in (401, 403, 413, 415, 422, 429)},
}}

_MEANINGS = {
    "external_id": "your own key; the same key again updates instead of adding",
    "message": "what they wrote", "owner": "who of sales it belongs to, by name or address",
    "consent_wording": "the exact text that consent was given to", "transcript": "a whole chat or talk, as it was",
}


def body_of_inquiry() -> dict:
    """The body that is posted: every field is optional, but there has to be something to reach or know somebody by."""
    texts = {
        name: {"type": "string", "maxLength": most, **({"description": _MEANINGS[name]} if name in _MEANINGS else {})}
        for name, most in LONGEST.items() if name not in ("interest", "stage", "disposition")
    }
    properties = texts | {
        "interest": {"type": "string", "enum": list(INTERESTS)},
        "captured_at": {**_TIME, "description": "when it happened, if not just now; never in the future"},
        "employees": {"type": "integer", "minimum": 0, "maximum": 100_000_000},
        "consent": {"type": "boolean"},
        "contact_me": {"type": "boolean", "description": "they ask to be called or written to now"},
        "answers": {
            "type": "object", "maxProperties": MOST_ANSWERS,
            "description": "what was asked and said; budget, authority, need, timing and other with the level "
            "unknown, no, partly or yes are evidence",
            "additionalProperties": {"type": ["string", "number", "boolean"], "maxLength": LONGEST_ANSWER},
        },
        "system": {"type": "string", "maxLength": 60, "description": "whose key external_id is"},
        "referrer": {"type": "string", "maxLength": 300},
        **{f"utm_{name}": {"type": "string", "maxLength": 300}
           for name in ("source", "medium", "campaign", "term", "content")},
    }
    schema = {"type": "object", "properties": properties, "additionalProperties": True}
    example = {
        "email": "ann@acme.example", "first_name": "Ann", "last_name": "Lee", "company": "Acme",
        "message": "Which mill suits rye?", "source": "price list", "consent": True, "answers": {"need": "yes"},
    }
    return {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}


def body_of_activity() -> dict:
    """What somebody did: a page seen, content taken, a call, a meeting, a click in a mail of another system."""
    texts = {name: {"type": "string", "maxLength": 400} for name in ("person", "email", "content", "campaign")}
    properties = texts | {
        "person": {**texts["person"], "description": "whose it is: an address, or your own key of the person or of an "
                   "inquiry (external_id) with its `system`"},
        "kind": {"type": "string", "description": "one of " + ", ".join(sorted(set(KINDS.values()) - {"opened"}))},
        "content": {**texts["content"], "description": "which page, content or mail; of a call its result"},
        "happened_at": {**_TIME, "description": "when, if not just now; never in the future"},
        "minutes": {"type": "integer", "minimum": 0, "maximum": 1440},
        "external_id": {"type": "string", "maxLength": 190, "description": "your own key; the same again is the same"},
        "system": {"type": "string", "maxLength": 60, "description": "whose keys external_id and person are"},
    }
    schema = {"type": "object", "properties": properties, "additionalProperties": True}
    example = {"person": "ann@acme.example", "kind": "page", "content": "/prices", "external_id": "visit-771"}
    return {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}


def body_of_many(makes: str) -> dict:
    """A list under `items`, or lines of JSON; each like a single one, with a key of its own where it has one."""
    one = (body_of_activity() if makes == "activity" else body_of_inquiry())["content"]["application/json"]
    item = one["schema"] | {"properties": one["schema"]["properties"] | {"idempotency_key": {
        "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$",
        "description": "the same key again is the same item",
    }}}
    schema = {
        "type": "object", "required": ["items"],
        "properties": {"items": {"type": "array", "minItems": 1, "maxItems": MOST_ITEMS, "items": item}},
    }
    example = {"items": [one["example"] | {"idempotency_key": "row-1"}]}
    return {"required": True, "content": {
        "application/json": {"schema": schema, "example": example},
        "application/x-ndjson": {"schema": {"type": "string", "description": "one item a line"}},
    }}
