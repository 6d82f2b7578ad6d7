"""The door for mail that comes in: whoever keeps the mailbox posts each mail here, as it is."""

from django.conf import settings
from django.http import JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from winnow.leads import rateuse, rights
from winnow.leads.apikey import ApiKey
from winnow.leads.clock import now
from winnow.outreach.classify import LARGEST
from winnow.outreach.replies import take_mail
from winnow.web.bodies import read_body

TYPES = ("message/rfc822", "application/octet-stream", "text/plain")


@csrf_exempt
@require_POST
def mail(request):
    """POST /api/v1/mail with `Authorization: Bearer wk_…` and the mail as the body (message/rfc822).

    201 what it was judged to be and what was done; 200 the same for bytes that came before.
    """
    key = _key(request)
    if key is None:
        text = "There is no live key in Authorization: Bearer wk_…; `winnow key add` makes one."
        return _no(401, "unauthorized", text)
    if not rights.may(key, "record inquiries"):
        return _no(403, "forbidden", f"A key of role {key.role} may not bring mail in; make one of role marketing.")
    rate = rateuse.use(f"key {key.pk}", key.per_minute or settings.API_PER_MINUTE, now())
    if not rate.granted:
        answer = _no(429, "too_many", f"The key has used its {rate.limit:,} calls of this minute; come again later.")
        answer.headers.update(rate.headers)
        return answer
    if request.content_type not in TYPES:
        return _no(415, "wrong_type", "The body should be the mail itself, with Content-Type: message/rfc822.")
    raw = read_body(request, LARGEST)
    if not raw.strip():
        return _no(422, "empty", "The body is empty; send the mail itself, with its headers.")
    if len(raw) > LARGEST:
        return _no(413, "too_large", f"The mail is larger than {LARGEST // 1_000_000} MB; leave out what is attached.")
    outcome = take_mail(raw)
    found = {
        "id": outcome.mail.pk, "kind": outcome.judged.kind, "hard": outcome.judged.hard,
        "address": outcome.judged.address, "reason": outcome.judged.reason, "did": outcome.did,
        "person": outcome.mail.person_id, "message": outcome.mail.message_id, "again": outcome.again,
    }  # fmt: skip
    return JsonResponse(found, status=200 if outcome.again else 201, headers=rate.headers)


def _key(request) -> ApiKey | None:
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    return ApiKey.find(text.strip()) if kind.lower() == "bearer" else None


def _no(status, code, text):
    answer = JsonResponse({"error": text, "code": code}, status=status)
    if status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


mail.public = True

urlpatterns = [path("api/v1/mail", mail, name="api-mail")]
