"""The JSON API under /api/v1/: inquiries in, and what became of them; people; reports. OpenAPI 3.1 describes it.

A key goes in `Authorization: Bearer wk_…`. What is posted is answered when it is committed, and understood right after.
"""

import logging
from functools import wraps

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from ninja import NinjaAPI, Path, Query
from ninja.errors import AuthenticationError, ValidationError
from ninja.security import HttpBearer

from winnow import __version__
from winnow.intake import arrivals
from winnow.intake.incoming import Unusable
from winnow.leads import rateuse
from winnow.leads.apikey import ApiKey
from winnow.leads.clock import now
from winnow.leads.cycle import Cycle
from winnow.leads.errors import Refusal
from winnow.leads.inquiry import Arrival
from winnow.leads.rights import arrivals_visible_to, may, people_visible_to, visible
from winnow.web import api_many, api_validity
from winnow.web.api_words import (
    ACCEPTED,
    ARRIVAL,
    LONGEST_BODY,
    MAIL,
    PERSON,
    REFUSALS,
    REPORT,
    body_of_inquiry,
    described,
    refused,
)
from winnow.web.bodies import read_body

RETRY_SECONDS = 5
BIGGEST_ID = 2**63 - 1

log = logging.getLogger("winnow.api")


class Key(HttpBearer):
    """The API key of the call, as `request.auth`; what it uses of its limit, as `request.rate`."""

    def __call__(self, request: HttpRequest) -> ApiKey | None:
        """The key in the header, read without making a copy of all headers for each call."""
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        return self.authenticate(request, token) if scheme.lower() == self.openapi_scheme else None

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        """The live key of that text; None answers 401. TooMany when its calls of this minute are used."""
        key = self.key_of(token) if token.isascii() and "\0" not in token else None
        if key is not None:
            request.rate = rateuse.use(f"key {key.pk}", key.per_minute or settings.API_PER_MINUTE, now())
            if not request.rate.granted:
                raise TooMany
        return key

    def key_of(self, token: str) -> ApiKey | None:
        """The live key of that text."""
        return ApiKey.find(token)


class TooMany(Exception):
    """The key has used its calls of this minute."""


class KeyOfTheStatement(Key):
    """The same for what is kept by one statement, which itself sees to it that the key still lives."""

    def key_of(self, token: str) -> ApiKey | None:
        """The key as it was met last; `arrivals.take` is given it."""
        return ApiKey.met(token)


class Described(NinjaAPI):
    """The API as it describes itself: also what is taken by another door of it."""

    def get_openapi_schema(self, **more):
        """The document, with the mail that is posted as it came."""
        schema = super().get_openapi_schema(**more)
        schema["paths"]["/api/v1/mail"] = MAIL
        return schema


api = Described(
    title="Winnow", version=__version__, urls_namespace="api", auth=Key(), docs_url=None, openapi_url="/openapi.json",
    description="Inquiries and activities in, and what became of them. Times are ISO 8601 in UTC. Each answer says in "
    "RateLimit how many calls the key has left in this minute.",
)


def with_its_rate(view):
    """Say with each answer what is left of the key's calls."""

    @wraps(view)
    def told(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        if rate := getattr(request, "rate", None):
            for name, value in rate.headers.items():
                answer[name] = value
        return answer

    return told


api.add_decorator(with_its_rate, mode="view")


# -- inquiries --------------------------------------------------------------------------------------------------------
@api.post(
    "/inquiries", operation_id="postInquiry", summary="Send one inquiry", tags=["inquiries"], auth=KeyOfTheStatement(),
    openapi_extra={
        "parameters": [{
            "name": "Idempotency-Key", "in": "header", "required": False,
            "description": "The same key again is the same inquiry; with another body it is refused with 409.",
            "schema": {"type": "string", "minLength": 1, "maxLength": arrivals.LONGEST_KEY, "pattern": "^[!-~]+$"},
        }],
        "requestBody": body_of_inquiry(),
        "responses": described(
            {202: ACCEPTED}, 401, 403, 409, 413, 415, 422, 429, 503,
        ),
    },
)
def post_inquiry(request: HttpRequest):
    """Kept durably before it is answered with 202 and the arrival's id; understood right after."""
    key = request.auth
    if not may(key, "record inquiries"):
        return refused(403, f"The key {key.name} has the role {key.role}, which records no inquiries.")
    if request.content_type != "application/json":
        return refused(415, f"The body is {request.content_type or 'of no type'}; send application/json.")
    if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST_BODY:
        return refused(413, f"The body is longer than {LONGEST_BODY:,} bytes; send less.")
    idempotency = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if idempotency is not None and not api_many.usable_key(idempotency):
        return refused(422, "Idempotency-Key has to be 1 to 255 plain characters without spaces.",
                       field="Idempotency-Key")
    raw = read_body(request, LONGEST_BODY)
    if len(raw) > LONGEST_BODY:
        return refused(413, f"The body is longer than {LONGEST_BODY:,} bytes; send less.")
    try:
        body = api_many.loaded(raw)
    except api_many.CantBeRead as error:
        return refused(422, f"The body is no JSON: {error}.", field="body")
    return _keep(key, body, request, idempotency)


api.post("/inquiries/bulk", **api_many.INQUIRIES)(api_many.post_inquiries)
api.get("/inquiries", **api_many.LISTED)(api_many.list_inquiries)
api.post("/activities", **api_many.ONE_ACTIVITY)(api_many.post_activity)
api.post("/activities/bulk", **api_many.ACTIVITIES)(api_many.post_activities)
api.get("/activities/{number}", **api_many.AN_ACTIVITY)(api_many.get_activity)


def _keep(key: ApiKey, body, request: HttpRequest, idempotency: str | None) -> HttpResponse:
    """Commit it raw. What can't be read is kept too, as rejected, so that it can be repaired here."""
    problem = None
    try:
        arrivals.understand(body, number=0, at=now())
    except Unusable as unusable:
        problem = unusable
    state = ("rejected", str(problem), None) if problem else ("pending", "", idempotency)
    try:
        taken = arrivals.take(
            "api", f"key {key.pk}", body, {"user-agent": request.META.get("HTTP_USER_AGENT", "")}, state[2],
            state=state[0], reason=state[1], key=key,
        )
    except (OperationalError, InterfaceError) as error:
        return no_database(request, error)
    except DatabaseError as error:
        log.warning("the database refuses a body", exc_info=error)
        return refused(422, "The body holds something that can't be kept; send plain texts and numbers.", field="body")
    if taken.status == 401:
        return no_key(request, None)
    if taken.status == 409:
        return refused(409, "That Idempotency-Key came before with another body; use a new key for a new inquiry.")
    if problem:
        return refused(422, f"{problem}.", field=problem.field, arrival=taken.id)
    place = f"/api/v1/inquiries/{taken.id}"
    answer = JsonResponse({"id": taken.id, "state": "pending", "href": place}, status=202)
    answer["Location"] = place
    if taken.replayed:
        answer["Idempotent-Replayed"] = "true"
    return answer


@api.get(
    "/inquiries/{number}", operation_id="getInquiry", summary="What became of an inquiry", tags=["inquiries"],
    openapi_extra={"responses": described({200: ARRIVAL}, 401, 404, 422)},
)
def get_inquiry(request: HttpRequest, number: int = Path(ge=1, le=BIGGEST_ID)):
    """By the id that posting it gave: whether it is understood yet, whose it is, and the verdict on that person."""
    key = request.auth
    found = Arrival.objects.select_related("inquiry__person__account", "inquiry__person__standing").filter(pk=number)
    arrival = found.first()
    own = arrival is not None and arrival.sender == f"key {key.pk}"
    if arrival is None or not (own or arrivals_visible_to(key).filter(pk=number).exists()):
        return refused(404, f"There is no arrival {number}.")
    inquiry = arrival.inquiry
    return JsonResponse({
        "id": arrival.pk, "state": arrival.state, "reason": arrival.reason, "received_at": arrival.received_at,
        "inquiry": inquiry and {
            "id": inquiry.pk, "captured_at": inquiry.captured_at, "valid": inquiry.valid,
            "invalid_reason": inquiry.invalid_reason, "external_id": inquiry.external_id,
        },
        "person": inquiry and {
            "id": inquiry.person_id, "href": f"/api/v1/people/{inquiry.person_id}",
            "account": inquiry.person.account_id,
        },
        "verdict": inquiry and _verdict(inquiry.person),
    })


def _verdict(person) -> dict | None:
    """The stored last verdict; None until the person was judged."""
    standing = getattr(person, "standing", None)
    if standing is None or standing.judged_at is None:
        return None
    return {
        "score": standing.milli / 1000, "grade": standing.grade, "ready": standing.ready, "unmet": standing.unmet,
        "judged_at": standing.judged_at,
    }


api.put("/inquiries/{number}/validity", **api_validity.SPOKEN)(api_validity.put_validity)


# -- people -----------------------------------------------------------------------------------------------------------
@api.get(
    "/people/{number}", operation_id="getPerson", summary="One person", tags=["people"],
    openapi_extra={"responses": described({200: PERSON}, 401, 404, 422)},
)
def get_person(request: HttpRequest, number: int = Path(ge=1, le=BIGGEST_ID)):
    """Who it is, where they stand, and the verdict. Somebody merged into another answers as who they are now."""
    from winnow.leads.person import Person

    person = Person.objects.select_related("merged_into").filter(pk=number).first()
    person = person.now_is() if person else None
    if person is None or not visible(request.auth, person):
        return refused(404, f"There is no person {number}.")
    person = people_visible_to(request.auth).select_related("account", "owner", "standing").get(pk=person.pk)
    cycle = Cycle.last_of(person)
    return JsonResponse({
        "id": person.pk, "kind": person.kind, "first_name": person.first_name, "last_name": person.last_name,
        "email": person.email, "phone": person.phone, "title": person.title, "country": person.country,
        "account": {"id": person.account_id, "name": str(person.account), "kind": person.account.kind},
        "owner": person.owner.email if person.owner else None,
        "cycle": cycle and {"number": cycle.number, "stage": cycle.stage, "since": cycle.stage_at},
        "verdict": _verdict(person),
    })


# -- reports ----------------------------------------------------------------------------------------------------------
@api.get(
    "/reports/{name}", operation_id="getReport", summary="A report by name", tags=["reports"],
    openapi_extra={"responses": described({200: REPORT}, 401, 403, 404, 422)},
)
def get_report(
    request: HttpRequest, name: str = Path(pattern="^[a-z][a-z0-9_-]{0,59}$"),
    by: str | None = Query(None, max_length=40, pattern="^[a-z_]*$"),
    as_of: str | None = Query(None, pattern=r"^\d{4}-\d\d-\d\d$"),
    start: str | None = Query(None, alias="from", pattern=r"^\d{4}-\d\d-\d\d$"),
    end: str | None = Query(None, alias="to", pattern=r"^\d{4}-\d\d-\d\d$"),
    account: int | None = Query(None, ge=1, le=BIGGEST_ID),
    period: str = Query("month", pattern="^[a-z]{1,10}$", description="of the stock: month, week or quarter"),
):
    """The same figures as `winnow report NAME --json`."""
    if not may(request.auth, "see reports"):
        return refused(403, f"The key {request.auth.name} has the role {request.auth.role}, which sees no reports.")
    from winnow.funnel import reports

    try:
        found = reports.run(
            name, by=by, as_of=as_of, start=start, end=end, user=request.auth, account=account, period=period,
        )
    except Refusal as refusal:
        return refused({"unknown_report": 404, "not_allowed": 403}.get(refusal.code, 422), str(refusal))
    return JsonResponse(found.as_json())


# -- what goes wrong --------------------------------------------------------------------------------------------------
@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def no_database(request: HttpRequest, error) -> HttpResponse:
    """503: nothing was kept, and when to come again. Never an answer as if it had been."""
    log.error("the database is not there: %s %s", request.method, request.path, exc_info=error)
    answer = refused(503, "Nothing can be kept or told just now, and nothing was; send it again in a moment.")
    answer["Retry-After"] = str(RETRY_SECONDS)
    return answer


@api.exception_handler(TooMany)
def too_many(request: HttpRequest, _error) -> HttpResponse:
    """429: nothing was kept, and when to come again."""
    rate = request.rate
    return refused(429, f"The key has used its {rate.limit:,} calls of this minute; come again in "
                        f"{rate.reset_seconds} s, or send many at once to …/bulk.")


@api.exception_handler(AuthenticationError)
def no_key(request: HttpRequest, _error) -> HttpResponse:
    """401, with how a key is given."""
    answer = refused(401, "A live API key is needed: Authorization: Bearer wk_…; `winnow key add` makes one.")
    answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(ValidationError)
def wrong_call(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """422, by the name of the parameter."""
    first = error.errors[0]
    field = str(first["loc"][-1])
    return refused(422, f"{field}: {first['msg']}.", field=field)


@api.exception_handler(Http404)
def not_there(request: HttpRequest, _error) -> HttpResponse:
    """404 in JSON."""
    return refused(404, "There is nothing of that name.")


urlpatterns = [path("api/v1/", api.urls)]
__all__ = ["REFUSALS", "api", "urlpatterns"]
