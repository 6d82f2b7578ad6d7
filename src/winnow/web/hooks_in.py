"""The door for tools that can't be changed: each has an address of its own, and posts there what it knows."""

import logging
from datetime import timedelta

from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from winnow.intake import hooks, proofs
from winnow.leads import rateuse
from winnow.leads.clock import now
from winnow.leads.hook import Hook
from winnow.web.bodies import read_body

MOST_A_MINUTE = 6_000
RETRY_SECONDS = 5
REFUSED_EVERY = timedelta(seconds=20)

log = logging.getLogger("winnow.hooks")


@csrf_exempt  # the caller is a program, and shows who it is otherwise
@require_POST
def hook_call(request: HttpRequest, code: str) -> HttpResponse:
    """Kept as it came before it is answered with 202; what it means is found out right after, and never the caller's
    trouble. Only who the caller is can be refused, and what is too long to be kept."""
    try:
        return _call(request, code)
    except (OperationalError, InterfaceError) as error:
        log.error("the database is not there: %s", request.path, exc_info=error)
        answer = _no(503, "unavailable", "Nothing can be kept just now, and nothing was; send it again in a moment.")
        answer["Retry-After"] = str(RETRY_SECONDS)
        return answer


def _call(request: HttpRequest, code: str) -> HttpResponse:
    hook, at = Hook.objects.filter(code=code).first(), now()
    if hook is None:
        return _no(404, "not_found", "There is no hook at this address.")
    if not hook.active:
        return _no(410, "gone", "This hook is switched off; whoever keeps it here can switch it on again.")
    if int(request.META.get("CONTENT_LENGTH") or 0) > hooks.LONGEST_PAYLOAD:
        return _refused(hook, at, 413, "too_long", f"The body is longer than {hooks.LONGEST_PAYLOAD:,} bytes.")
    raw = read_body(request, hooks.LONGEST_PAYLOAD)
    if len(raw) > hooks.LONGEST_PAYLOAD:
        return _refused(hook, at, 413, "too_long", f"The body is longer than {hooks.LONGEST_PAYLOAD:,} bytes.")
    try:
        proof = proofs.proven(hook, request.headers, raw, at)
    except proofs.Unproven as unproven:
        return _refused(hook, at, 401, "unproven", f"Who calls can't be told: {unproven}.")
    rate = rateuse.use(f"hook {hook.pk}", MOST_A_MINUTE, at)  # strangers use nothing of it up
    if not rate.granted:
        answer = _no(429, "too_many", f"More than {rate.limit:,} calls in a minute; come again later.")
        answer.headers.update(rate.headers)
        return answer
    number, again = hooks.receive(
        hook, raw, content_type=request.headers.get("Content-Type", ""), key=proofs.message_id(request.headers),
        proof=proof, at=at,
    )
    answer = JsonResponse({"id": number, "state": "pending"}, status=202)
    if again:
        answer["Idempotent-Replayed"] = "true"
    return answer


def _refused(hook: Hook, at, status: int, code: str, text: str) -> HttpResponse:
    """Refuse, and note for who keeps the hook why; at most once in a while, however often somebody knocks."""
    stale = Hook.objects.filter(Q(refused_at=None) | Q(refused_at__lt=at - REFUSED_EVERY), pk=hook.pk)
    stale.update(refused_at=at, refused=text[:200])
    return _no(status, code, text)


def _no(status: int, code: str, text: str) -> HttpResponse:
    return JsonResponse({"error": {"code": code, "text": text}}, status=status)


hook_call.public = True

urlpatterns = [path("hooks/in/<str:code>/", hook_call, name="hook-call")]
