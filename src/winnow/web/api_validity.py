"""The part of the JSON API that judges an inquiry again: valid after all, or not, with the reason."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Path

from winnow.leads.errors import Refusal
from winnow.leads.inquiry import Arrival, Inquiry
from winnow.leads.rights import arrivals_visible_to, may
from winnow.leads.validity import LONGEST_REASON, find_invalid, find_valid
from winnow.web.api_many import BIGGEST_ID, CantBeRead, loaded
from winnow.web.api_words import LONGEST_BODY, VALIDITY, described, refused
from winnow.web.bodies import read_body

SPOKEN = {
    "operation_id": "putInquiryValidity", "summary": "Judge an inquiry again", "tags": ["inquiries"],
    "openapi_extra": {
        "requestBody": {"required": True, "content": {"application/json": {
            "schema": {
                "type": "object", "required": ["valid", "said"], "additionalProperties": False,
                "properties": {
                    "valid": {"type": "boolean", "description": "whether it counts from now on"},
                    "said": {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON,
                             "description": "why; it stands beside the inquiry for ever"},
                },
            },
            "example": {"valid": False, "said": "A student who writes a thesis."},
        }}},
        "responses": described({200: VALIDITY}, 401, 403, 404, 409, 413, 415, 422, 429, 503),
    },
}  # fmt: skip


def put_validity(request: HttpRequest, number: int = Path(ge=1, le=BIGGEST_ID)):
    """By the id that posting the inquiry gave. What is so already stays as it is, and is answered all the same: the
    same call again changes nothing. The fact that told of it is withdrawn and told again; nothing is deleted."""
    key = request.auth
    if not may(key, "judge inquiries"):
        return refused(403, f"The key {key.name} has the role {key.role}, which judges no inquiries.")
    said = _said(request)
    if isinstance(said, HttpResponse):
        return said
    arrival = arrivals_visible_to(key).select_related("inquiry").filter(pk=number).first()
    if arrival is None or (arrival.inquiry and not may(key, "judge inquiries", arrival.inquiry)):
        return refused(404, f"There is no arrival {number}.")
    if arrival.inquiry is None:
        return refused(409, f"Arrival {number} is {arrival.state} and no inquiry yet; ask again when it is done.")
    return _judge(key, arrival, arrival.inquiry, *said)


def _said(request: HttpRequest) -> tuple[bool, str] | HttpResponse:
    """What the body says, or why it can't be taken."""
    if request.content_type != "application/json":
        return refused(415, f"The body is {request.content_type or 'of no type'}; send application/json.")
    raw = read_body(request, LONGEST_BODY)
    if len(raw) > LONGEST_BODY:
        return refused(413, f"The body is longer than {LONGEST_BODY:,} bytes; send less.")
    try:
        body = loaded(raw)
    except CantBeRead as error:
        return refused(422, f"The body is no JSON: {error}.", field="body")
    if not isinstance(body, dict):
        return refused(422, "The body is no object; send valid and said.", field="body")
    if strange := sorted(set(body) - {"valid", "said"}):
        return refused(422, f"{strange[0][:60]} is nothing that an inquiry is judged by; send valid and said.",
                       field=strange[0][:60])
    if not isinstance(body.get("valid"), bool):
        return refused(422, "valid is neither true nor false.", field="valid")
    why = body.get("said")
    if not isinstance(why, str) or not why.strip() or len(why) > LONGEST_REASON or "\0" in why:
        return refused(422, f"said is no reason of 1 to {LONGEST_REASON} characters; others will ask.", field="said")
    return body["valid"], why


def _judge(key, arrival: Arrival, inquiry: Inquiry, valid: bool, said: str) -> HttpResponse:
    changed = inquiry.valid != valid
    if changed:
        try:
            (find_valid if valid else find_invalid)(inquiry, by=key, said=said)
        except Refusal as refusal:
            inquiry.refresh_from_db()  # somebody else may have said the same at the very moment
            if refusal.code != "conflict" or inquiry.valid != valid:
                return refused(409, str(refusal))
            changed = False
    elif inquiry.voided_at:
        return refused(409, f"Inquiry {inquiry.pk} came by an import that was taken back; it counts for nothing.")
    last = inquiry.validations.select_related("by", "by_key").order_by("-pk").first()
    return JsonResponse({
        "id": arrival.pk, "inquiry": inquiry.pk, "valid": inquiry.valid, "invalid_reason": inquiry.invalid_reason,
        "changed": changed,
        "judged": last and {
            "said": last.said, "at": last.at, "by": str(last.by or last.by_key or "") or None,
        },
    })  # fmt: skip
