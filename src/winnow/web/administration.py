"""What the administrator keeps: who works here and in what role, keys of programs, the audit trail."""

import secrets
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, transaction
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.leads.apikey import ApiKey
from winnow.leads.audit import AuditEntry, audited
from winnow.leads.clock import now
from winnow.leads.cycle import OPEN
from winnow.leads.errors import Refusal
from winnow.leads.lead import Handoff
from winnow.leads.user import ROLES, User
from winnow.web import toasts
from winnow.web.access import Http404, allowed, get_user_for
from winnow.web.session import zone_choices

ENTRIES = 100  # of the audit trail on one page
SIDES = [("", "for nobody"), ("marketing", "for marketing"), ("sales", "for sales")]
NO_SIGNATURE = "An executive reads and changes nothing, so can’t sign; choose another role or no signing right."


class UserForm(forms.Form):
    """Somebody of the firm."""

    name = forms.CharField(label="Name", max_length=120)
    email = forms.EmailField(label="Mail address", max_length=254, help_text="They log in by it.")
    role = forms.ChoiceField(label="Role", choices=list(ROLES.items()))
    may_sign_for = forms.ChoiceField(
        label="Signs the lead definition", choices=SIDES, required=False,
        help_text="One person signs for one side; both sides must sign.",
    )  # fmt: skip
    team = forms.CharField(label="Team or territory", max_length=60, required=False)
    capacity = forms.IntegerField(
        label="Room for open leads", min_value=0, max_value=10_000, initial=40,
        help_text="For sales reps: how many they can work at once.",
    )  # fmt: skip
    time_zone = forms.ChoiceField(label="Time zone", choices=zone_choices, initial="UTC")
    external_name = forms.CharField(
        label="Name in other systems", max_length=120, required=False,
        help_text="As owner or agent in files that you bring in.",
    )  # fmt: skip

    def clean(self):
        found = super().clean()
        if found.get("may_sign_for") and found.get("role") == "executive":
            self.add_error("may_sign_for", NO_SIGNATURE)
        return found

    def clean_email(self):
        return self.cleaned_data["email"].strip().lower()


class KeyForm(forms.Form):
    """A key of a program."""

    name = forms.CharField(label="What the key is for", max_length=120)
    role = forms.ChoiceField(
        label="Role", choices=list(ROLES.items()), help_text="The program may what this role may, and owns nothing."
    )
    days = forms.IntegerField(
        label="Valid for days", min_value=1, max_value=3650, required=False, help_text="Left out: until it is revoked."
    )
    per_minute = forms.IntegerField(
        label="Calls a minute", min_value=1, max_value=1_000_000, required=False,
        help_text=f"What is more is refused until the next minute. Left out: {settings.API_PER_MINUTE:,}.",
    )


# -- people of the firm ----------------------------------------------------------------------------------------------
@never_cache
@allowed("manage users")
@require_http_methods(["GET", "POST"])
def users(request):
    """Who works here; POST adds somebody and shows the first password once."""
    form = UserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said, password = form.cleaned_data, secrets.token_urlsafe(12)
        try:
            with transaction.atomic():
                made = User.objects.create_user(
                    said["email"], role=said["role"], name=said["name"], password=password,
                    may_sign_for=said["may_sign_for"],
                )  # fmt: skip
                _keep(made, said)
                audited(request.user, "let in", made, f"{made.email} as {made.role}{_signing(made)}")
        except IntegrityError:
            form.add_error("email", "Somebody logs in by this address already; open them in the list below.")
        else:
            return render(request, "administration/let_in.html", {"made": made, "password": password}, status=201)
    rows = User.objects.order_by("-is_active", "name", "pk")
    return render(
        request, "administration/users.html", {"rows": rows, "form": form}, status=422 if form.errors else 200
    )


@never_cache
@allowed("manage users")
@require_http_methods(["GET", "POST"])
def user(request, user_id):
    """One of them: name, role, signing right."""
    row = get_user_for(request.user, user_id)
    fields = ("name", "email", "role", "may_sign_for", "team", "capacity", "time_zone", "external_name")
    before = {field: getattr(row, field) for field in fields}
    form = UserForm(request.POST or None, initial=before)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        differ = [name for name in fields if before[name] != said[name]]
        changed = ", ".join(f"{name} {before[name]!r} to {said[name]!r}" for name in differ)
        try:
            with transaction.atomic():
                if row.role == "admin" and said["role"] != "admin":
                    _another_administrator(row)
                row.email, row.role, row.may_sign_for = said["email"], said["role"], said["may_sign_for"]
                _keep(row, said)
                if changed:
                    audited(request.user, "change user", row, changed)
        except IntegrityError:
            form.add_error("email", "Somebody else logs in by this address.")
        else:
            toasts.tell(request, f"{row.name} is kept." if changed else f"Nothing was different about {row.name}.")
            return redirect("users")
    open_leads = Handoff.objects.filter(rep=row, ended_at=None).count()
    owned = row.people.filter(cycles__stage__in=OPEN).distinct().count()
    shown = {"row": row, "form": form, "open_leads": open_leads, "owned": owned}
    return render(request, "administration/user.html", shown, status=422 if form.errors else 200)


@allowed("manage users")
@require_POST
def user_deactivation(request, user_id):
    """Let somebody go: they can't log in any more; what they did stays theirs."""
    row = get_user_for(request.user, user_id)
    with transaction.atomic():
        _another_administrator(row)
        if User.objects.filter(pk=row.pk, is_active=True).update(is_active=False):
            audited(request.user, "let go", row, row.email)
    toasts.tell(request, f"{row.name} can’t log in any more.", undo=reverse("user-activation", args=[row.pk]))
    return redirect("users")


@allowed("manage users")
@require_POST
def user_activation(request, user_id):
    """Let somebody back in."""
    row = get_user_for(request.user, user_id)
    with transaction.atomic():
        if User.objects.filter(pk=row.pk, is_active=False).update(is_active=True):
            audited(request.user, "let in again", row, row.email)
    toasts.tell(request, f"{row.name} can log in again.")
    return redirect("users")


@never_cache
@allowed("manage users")
@require_POST
def user_password(request, user_id):
    """A new password for somebody who lost theirs, shown once; their sessions end."""
    row, password = get_user_for(request.user, user_id), secrets.token_urlsafe(12)
    with transaction.atomic():
        row.set_password(password)
        row.save(update_fields=["password"])
        audited(request.user, "give password", row)
    return render(request, "administration/let_in.html", {"made": row, "password": password, "again": True})


def _keep(row, said):
    row.name, row.team, row.capacity = said["name"], said["team"], said["capacity"]
    row.time_zone, row.external_name = said["time_zone"], said["external_name"]
    row.save()


def _signing(row):
    return f", signs for {row.may_sign_for}" if row.may_sign_for else ""


def _another_administrator(row):
    """Refuse to lose the last administrator; the rows are locked, so that two don't let each other go."""
    if row.role != "admin":
        return
    others = User.objects.select_for_update().filter(role="admin", is_active=True).order_by("pk")
    if [one.pk for one in others] in ([row.pk], []):
        raise Refusal(f"{row.name} is the only administrator; make somebody else one first.")


# -- keys of programs ------------------------------------------------------------------------------------------------
@never_cache
@allowed("manage keys")
@require_http_methods(["GET", "POST"])
def keys(request):
    """Keys by prefix; POST issues one and shows its text once."""
    form, text, made = KeyForm(request.POST or None), "", None
    if request.method == "POST" and form.is_valid():
        days = form.cleaned_data["days"]
        with transaction.atomic():
            made, text = ApiKey.issue(
                form.cleaned_data["name"], form.cleaned_data["role"], now() + timedelta(days=days) if days else None,
                form.cleaned_data["per_minute"],
            )
            audited(request.user, "issue key", made, f"{made.name}, {made.prefix}, as {made.role}")
        form = KeyForm()
    rows = list(ApiKey.objects.order_by("-revoked_at", "-created_at"))
    rows.sort(key=lambda key: (key.revoked_at is not None, -key.pk))
    shown = {"rows": rows, "form": form, "made": made, "text": text, "now": now(), "roles": ROLES}
    return render(request, "administration/keys.html", shown, status=422 if form.errors else 201 if made else 200)


@allowed("manage keys")
@require_POST
def key_revocation(request, key_id):
    """End a key at once."""
    key = ApiKey.objects.filter(pk=key_id).first()
    if key is None:
        raise Http404
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=now()):
            audited(request.user, "revoke key", key, key.prefix)
    toasts.tell(request, f"The key “{key.name}” no longer opens anything.")
    return redirect("keys")


# -- audit trail -----------------------------------------------------------------------------------------------------
class AuditFilter(forms.Form):
    """What to look for in the trail."""

    by = forms.IntegerField(required=False, min_value=1, max_value=2**53)
    verb = forms.CharField(required=False, max_length=40)
    noun = forms.CharField(required=False, max_length=40)
    noun_id = forms.IntegerField(required=False, min_value=1, max_value=2**53)
    since = forms.DateField(required=False, validators=[MinValueValidator(date(1970, 1, 1))])
    until = forms.DateField(required=False, validators=[MaxValueValidator(date(2999, 12, 31))])
    before = forms.IntegerField(required=False, min_value=1, max_value=2**53)


@allowed("see audit trail")
@require_GET
def audit_trail(request):
    """Who decided what, newest first; by person, verb, thing and day. Pages by the entry's number."""
    form = AuditFilter(request.GET)
    form.is_valid()
    said = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
    rows = AuditEntry.objects.select_related("by", "by_key")
    for name in ("verb", "noun", "noun_id"):
        if name in said:
            rows = rows.filter(**{name: said[name]})
    if "by" in said:
        rows = rows.filter(by_id=said["by"])
    if "since" in said:
        rows = rows.filter(at__gte=_midnight(said["since"]))
    if "until" in said:
        rows = rows.filter(at__lt=_midnight(said["until"] + timedelta(days=1)))
    if "before" in said:
        rows = rows.filter(pk__lt=said["before"])
    found = list(rows.order_by("-pk")[: ENTRIES + 1])
    older = found[ENTRIES - 1].pk if len(found) > ENTRIES else None
    shown = {
        "rows": found[:ENTRIES], "older": older, "said": said, "form": form,
        "people": User.objects.order_by("name").only("pk", "name"),
    }  # fmt: skip
    return render(request, "administration/audit.html", shown)


def _midnight(day):
    """The start of that day where the reader is."""
    zone = timezone.get_current_timezone()
    return datetime.combine(day, time(), zone if isinstance(zone, ZoneInfo) else UTC)


urlpatterns = [
    path("users/", users, name="users"),
    path("users/<int:user_id>/", user, name="user"),
    path("users/<int:user_id>/deactivation/", user_deactivation, name="user-deactivation"),
    path("users/<int:user_id>/activation/", user_activation, name="user-activation"),
    path("users/<int:user_id>/password/", user_password, name="user-password"),
    path("keys/", keys, name="keys"),
    path("keys/<int:key_id>/revocation/", key_revocation, name="key-revocation"),
    path("audit/", audit_trail, name="audit-trail"),
]
