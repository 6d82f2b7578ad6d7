"""Logging in and out, the first visit of an empty instance, and what people set for themselves."""

import zoneinfo

from django import forms
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.leads.audit import audited
from winnow.leads.login import LoginTry, first_administrator
from winnow.leads.user import User
from winnow.web import toasts
from winnow.web.access import signed_in
from winnow.web.client import address_of
from winnow.web.for_people import API
from winnow.web.onward import local

ZONES = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone or zone == "UTC")
STARTS = {
    "marketing": "qualify", "development": "qualify", "rep": "handoff", "manager": "handoff", "executive": "measure",
    "admin": "users",
}  # fmt: skip
WRONG = "The address and the password don’t belong together, or this person may not log in."
TOO_MANY = "That was tried too often. Wait a quarter of an hour, then try again."


def zone_choices():
    """Time zones by name, as a choice."""
    return [(zone, zone.replace("_", " ")) for zone in ZONES]


class LoginForm(forms.Form):
    """Address and password."""

    email = forms.CharField(
        label="Mail address", max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )  # fmt: skip
    password = forms.CharField(
        label="Password", max_length=1024, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip


class NewPassword(forms.Form):
    """A new password, typed twice and checked by the rules of the settings."""

    new_password = forms.CharField(
        label="New password", max_length=1024, strip=False, help_text="At least ten characters, not a common word.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    once_more = forms.CharField(
        label="Once more", max_length=1024, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *args, user=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self):
        found = super().clean()
        if found.get("new_password") and found.get("new_password") != found.get("once_more"):
            self.add_error("once_more", "The two differ; type the same password twice.")
        elif found.get("new_password"):
            try:
                validate_password(found["new_password"], self.user or self.somebody(found))
            except forms.ValidationError as error:
                self.add_error("new_password", error)
        return found

    def somebody(self, found):
        """Whom the password must not resemble."""
        return User(email=found.get("email", ""), name=found.get("name", ""))


class FirstVisit(NewPassword):
    """The administrator of an empty instance."""

    name = forms.CharField(label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label="Mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    time_zone = forms.ChoiceField(label="Time zone", choices=zone_choices, initial="UTC")
    field_order = ["name", "email", "new_password", "once_more", "time_zone"]


class Profile(forms.Form):
    """What somebody says of themselves."""

    name = forms.CharField(label="Name", max_length=120)
    time_zone = forms.ChoiceField(
        label="Time zone", choices=zone_choices, help_text="All times on your pages are shown in it."
    )


class PasswordChange(NewPassword):
    """The old password proves who is asking."""

    password = forms.CharField(
        label="Password until now", max_length=1024, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip
    field_order = ["password", "new_password", "once_more"]


# -- pages -----------------------------------------------------------------------------------------------------------
@require_GET
def start(request):
    """Each role begins where its work is."""
    if not request.user.is_authenticated:
        return redirect("login" if User.objects.exists() else "first-visit")
    for name in (STARTS.get(request.user.role, ""), "qualify", "preferences"):
        try:
            return redirect(reverse(name))
        except NoReverseMatch:
            continue
    return redirect("preferences")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def log_in(request):
    """Log in by address and password. One answer for every failure, so that nobody learns who is known here."""
    if request.user.is_authenticated and request.method == "GET":
        return redirect(_onward(request))
    if not User.objects.exists():
        return redirect("first-visit")
    form = LoginForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            attempt = LoginTry.begin(form.cleaned_data["email"], address_of(request) or "unknown")
            user = attempt and authenticate(
                request, username=form.cleaned_data["email"], password=form.cleaned_data["password"]
            )
            if user:
                attempt.succeed()
                login(request, user)
                return redirect(_onward(request))
            form.add_error(None, WRONG if attempt else TOO_MANY)
            status = 422 if attempt else 429
    return render(request, "session/login.html", {"form": form, "next": request.GET.get("next", "")}, status=status)


@require_POST
def log_out(request):
    """Log out; the session ends at once."""
    logout(request)
    return redirect("login")


@never_cache
@sensitive_post_parameters("new_password", "once_more")
@require_http_methods(["GET", "POST"])
def first_visit(request):
    """Make the administrator of an empty instance; afterwards this page leads to the log-in."""
    if User.objects.exists():
        return redirect("login")
    form = FirstVisit(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        user = first_administrator(
            email=said["email"], name=said["name"], password=said["new_password"], time_zone=said["time_zone"]
        )
        audited(user, "begin", user, "first visit of an empty instance")
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        toasts.tell(request, "This is your Winnow. Let in marketing and sales: they write the definition.")
        return redirect("start")
    return render(request, "session/first_visit.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def preferences(request):
    """Name and time zone of whoever is logged in."""
    user = request.user
    form = Profile(request.POST or None, initial={"name": user.name, "time_zone": user.time_zone})
    if request.method == "POST" and form.is_valid():
        user.name, user.time_zone = form.cleaned_data["name"], form.cleaned_data["time_zone"]
        user.save(update_fields=["name", "time_zone"])
        toasts.tell(request, f"You are {user.name}, and times are shown in {user.time_zone}.")
        return redirect("preferences")
    shown = {"form": form, "passwords": PasswordChange()}
    return render(request, "session/preferences.html", shown, status=422 if form.errors else 200)


@signed_in
@require_POST
@sensitive_post_parameters("password", "new_password", "once_more")
def password(request):
    """A new password; every other session of this person ends."""
    user = request.user
    form = PasswordChange(request.POST, user=user)
    tried = form.is_valid() and LoginTry.begin(user.email, address_of(request) or "unknown")
    if form.is_valid() and not tried:
        form.add_error("password", TOO_MANY)
    elif tried and not user.check_password(form.cleaned_data["password"]):
        form.add_error("password", "That is not your password until now.")
    if form.errors:
        profile = Profile(initial={"name": user.name, "time_zone": user.time_zone})
        return render(request, "session/preferences.html", {"form": profile, "passwords": form}, status=422)
    tried.succeed()
    user.set_password(form.cleaned_data["new_password"])
    user.save(update_fields=["password"])
    update_session_auth_hash(request, user)
    audited(user, "change password", user)
    toasts.tell(request, "Your password is changed; other sessions of yours are logged out.")
    return redirect("preferences")


# -- who is there ----------------------------------------------------------------------------------------------------
def time_zone_of_the_reader(get_response):
    """Middleware: moments are shown in the time zone that the reader has set."""

    def middleware(request):
        if request.path_info.startswith(API):
            return get_response(request)
        zone = getattr(getattr(request, "user", None), "time_zone", "")
        try:
            timezone.activate(zoneinfo.ZoneInfo(zone)) if zone else timezone.deactivate()
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            timezone.deactivate()
        try:
            return get_response(request)
        finally:
            timezone.deactivate()

    return middleware


def _onward(request):
    """Where they wanted to go, if that is a page of ours."""
    return local(request, request.POST.get("next") or request.GET.get("next") or "", reverse("start"))


urlpatterns = [
    path("", start, name="start"),
    path("login/", log_in, name="login"),
    path("logout/", log_out, name="logout"),
    path("welcome/", first_visit, name="first-visit"),
    path("preferences/", preferences, name="preferences"),
    path("preferences/password/", password, name="preferences-password"),
]
