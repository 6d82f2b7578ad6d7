"""Postboxes on the screen, for who administers: which mailboxes are read, whether it works; and mails that are held."""

from django import forms
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.postbox import Collected, Postbox
from winnow.leads.rights import incoming_mails_visible_to
from winnow.leads.sealing import ENVIRONMENT, seal
from winnow.outreach import collecting, holding
from winnow.outreach.imap import MailServerTrouble
from winnow.outreach.tokens import host_of
from winnow.web import toasts
from winnow.web.access import Http404, allowed, get_incoming_mail_for, signed_in
from winnow.web.onward import onward

PAGE = 40
AFTERS = [
    ("leave", "leave it as it is"), ("read", "mark it as read"), ("move", "move it to another folder"),
    ("delete", "delete it"),
]  # fmt: skip
KEPT = ("name", "host", "port", "security", "user", "login", "secret_from", "token_address", "client_id", "scope",
        "folder", "begin", "after", "move_to", "every_minutes", "active")  # fmt: skip
GOES_TO = ("host", "port", "user", "login", "token_address", "client_id")
"""With another one of these a secret that was typed would go elsewhere than it was typed for."""


class PostboxForm(forms.Form):
    """A mailbox, and what is done with its mails."""

    name = forms.CharField(label="Called", max_length=120, help_text="As people here call it: “Inquiries”.")
    host = forms.RegexField(r"^[A-Za-z0-9.:-]+$", label="Server", max_length=253, help_text="imap.example.com")
    port = forms.IntegerField(label="Port", min_value=1, max_value=65535, initial=993)
    security = forms.ChoiceField(label="Encryption", choices=[
        ("tls", "TLS (port 993)"), ("starttls", "STARTTLS (port 143)"),
        ("none", "none: only within your own network, the password can be read on the way"),
    ])  # fmt: skip
    user = forms.CharField(label="Logs in as", max_length=254)
    login = forms.ChoiceField(label="With", choices=[
        ("password", "a password"), ("oauth", "OAuth, as Microsoft 365 and Google want it"),
        ("token", "an access token (XOAUTH2), which another program keeps fresh"),
    ])  # fmt: skip
    secret = forms.CharField(
        label="Password, or refresh token", max_length=4000, required=False, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Kept sealed with this instance’s key. Left empty: it stays as it is; with OAuth and none typed the "
        "application itself is let in.",
    )  # fmt: skip
    secret_from = forms.CharField(
        label="Or where it stands", max_length=300, required=False,
        help_text=f"env:{ENVIRONMENT}NAME or file:/run/secrets/name; then nothing is kept here.",
    )  # fmt: skip
    token_address = forms.CharField(
        label="Token address", max_length=300, required=False,
        help_text="With OAuth. Google: https://oauth2.googleapis.com/token. Microsoft: "
        "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token.",
    )  # fmt: skip
    client_id = forms.CharField(label="Client id", max_length=200, required=False, help_text="Of the application.")
    client_secret = forms.CharField(
        label="Client secret", max_length=1000, required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Kept sealed. Left empty: it stays as it is.",
    )  # fmt: skip
    scope = forms.CharField(
        label="Scope", max_length=400, required=False,
        help_text="Left out with a refresh token. Microsoft, the application itself: "
        "https://outlook.office365.com/.default.",
    )  # fmt: skip
    folder = forms.CharField(label="Folder", max_length=200, initial="INBOX")
    begin = forms.ChoiceField(label="Begins", choices=[
        ("new", "with what comes from now on"), ("all", "with all that lies there"),
    ])  # fmt: skip
    after = forms.ChoiceField(label="A mail that was taken", choices=AFTERS)
    move_to = forms.CharField(label="Moved to", max_length=200, required=False)
    every_minutes = forms.IntegerField(label="Asked every … minutes", min_value=1, max_value=1440, initial=1)
    active = forms.BooleanField(label="Is asked", required=False, initial=True)

    def clean(self):
        found = super().clean()
        if found.get("after") == "move" and not found.get("move_to"):
            self.add_error("move_to", "Say which folder mails are moved to.")
        if found.get("after") == "move" and found.get("move_to") == found.get("folder"):
            self.add_error("move_to", "That is the folder they are taken from; choose another.")
        if found.get("login") == "oauth":
            if not host_of(found.get("token_address", "")):
                self.add_error("token_address", "Write it in full: it begins with https:// and holds no password.")
            if not found.get("client_id"):
                self.add_error("client_id", "Say as which application Winnow is registered there.")
        for name in ("user", "folder", "move_to", "secret", "client_id", "client_secret", "scope"):
            if not (found.get(name) or "").isprintable():
                self.add_error(name, "It holds a line break or another control character.")
        return found


@never_cache
@allowed("manage settings")
@require_http_methods(["GET", "POST"])
def postboxes(request: HttpRequest) -> HttpResponse:
    """The mailboxes that are read. POST adds one."""
    form = PostboxForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said, at = form.cleaned_data, now()
        if not _given(said):
            form.add_error("secret", "Type the password, or say where it stands.")
        else:
            with transaction.atomic():
                made = Postbox.objects.create(
                    **{name: said[name] for name in KEPT}, secret=_sealed(said),
                    client_secret=seal(said["client_secret"]), started_at=at, due_at=at,
                )
                audited(request.user, "make postbox", made, f"{made.user} at {made.host}")
            return redirect("postbox", made.pk)
    rows = Postbox.objects.annotate(
        taken=Count("collected", filter=~Q(collected__mail=None)), last_at=Max("collected__at"),
        troubled=Count("collected", filter=~Q(collected__trouble="")),
    ).order_by("-active", "name", "pk")  # fmt: skip
    shown = {"rows": rows, "form": form}
    return render(request, "administration/postboxes.html", shown, status=422 if form.errors else 200)


@never_cache
@allowed("manage settings")
@require_http_methods(["GET", "POST"])
def postbox(request: HttpRequest, box_id: int) -> HttpResponse:
    """One mailbox: how it is asked, and whether it works. POST changes it."""
    box = _postbox(box_id)
    form = PostboxForm(request.POST or None, initial={name: getattr(box, name) for name in KEPT})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        server = (box.host, box.port, box.user) != (said["host"], said["port"], said["user"])
        goes_elsewhere = any(getattr(box, name) != said[name] for name in GOES_TO)
        if goes_elsewhere and not _given(said):  # a password goes nowhere else than it was typed for
            form.add_error("secret", "Another server or user: type the password again.")
        else:
            _change(request, box, said, goes_elsewhere, elsewhere=server or box.folder != said["folder"])
            toasts.tell(request, f"“{box.name}” is kept.")
            return redirect("postbox", box.pk)
    return _page(request, box, form, status=422 if form.errors else 200)


def _change(request: HttpRequest, box: Postbox, said: dict, goes_elsewhere: bool, elsewhere: bool) -> None:
    anew = goes_elsewhere or said["secret"] or box.secret_from != said["secret_from"]
    for name in KEPT:
        setattr(box, name, said[name])
    if anew:
        box.secret = _sealed(said)
    if goes_elsewhere or said["client_secret"]:
        box.client_secret = seal(said["client_secret"])
    box.access_token, box.access_until = "", None
    box.due_at, box.failures, box.trouble = now(), 0, ""
    if elsewhere:  # other mails: where it begins is found out anew
        box.validity, box.last_uid, box.rebuilt_until, box.started_at = None, 0, 0, now()
    with transaction.atomic():
        box.save()
        audited(request.user, "change postbox", box, f"{box.user} at {box.host}{'' if box.active else ', off'}")


def _given(said: dict) -> bool:
    """Whether there is what lets Winnow in; with OAuth a client secret alone is enough."""
    return bool(said["secret"] or said["secret_from"] or (said["login"] == "oauth" and said["client_secret"]))


def _sealed(said: dict) -> str:
    return "" if said["secret_from"] else seal(said["secret"])


@allowed("manage settings")
@require_POST
def postbox_trial(request: HttpRequest, box_id: int) -> HttpResponse:
    """Ask the server now, take nothing, and say what it said."""
    box = _postbox(box_id)
    try:
        found = collecting.test(box)
    except (MailServerTrouble, Refusal) as trouble:
        return _page(request, box, trouble=str(trouble), status=422)
    Postbox.objects.filter(pk=box.pk).update(failures=0, trouble="", due_at=now())
    return _page(request, box, found=found)


def _postbox(number: int) -> Postbox:
    found = Postbox.objects.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, box: Postbox, form=None, *, found=None, trouble: str = "", status: int = 200):
    troubled = Collected.objects.filter(postbox=box).exclude(trouble="").order_by("-uid")
    shown = {
        "box": box, "form": form or PostboxForm(initial={name: getattr(box, name) for name in KEPT}), "found": found,
        "trouble": trouble, "troubled": troubled[:20],
        "taken": Collected.objects.filter(postbox=box).exclude(mail=None).count(),
    }  # fmt: skip
    return render(request, "administration/postbox.html", shown, status=status)


# -- mails that somebody has to look at --------------------------------------------------------------------------------
@never_cache
@allowed("repair rows")
@require_GET
def held_mails(request: HttpRequest) -> HttpResponse:
    """Mails of which it can't be told whose inquiry they are; oldest first, for somebody waits."""
    rows = incoming_mails_visible_to(request.user).exclude(held="").defer("raw").order_by("received_at", "pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "capture/held_mails.html", {"page": page})


@never_cache
@allowed("repair rows")
@require_http_methods(["GET", "POST"])
def held_mail(request: HttpRequest, number: int) -> HttpResponse:
    """One of them, with what could be guessed. POST makes the inquiry it is."""
    mail, refusal = get_incoming_mail_for(request.user, number), ""
    said = {name: request.POST.get(name, "") for name in holding.LONGEST} if request.method == "POST" else {}
    if said:
        try:
            done = holding.make_inquiry(mail, said, by=request.user)
        except Refusal as refused:
            refusal = str(refused)
        else:
            toasts.tell(request, f"“{mail}” is an inquiry of {done.person}.")
            return redirect("held-mails")
    shown = {"mail": mail, "said": said or holding.proposed(mail), "refusal": refusal}
    return render(request, "capture/held_mail.html", shown, status=422 if refusal else 200)


@allowed("repair rows")
@require_POST
def held_mail_setting_aside(request: HttpRequest, number: int) -> HttpResponse:
    """It is nothing for us."""
    mail = holding.set_aside(get_incoming_mail_for(request.user, number), by=request.user)
    toasts.tell(request, f"“{mail}” is set aside; it stays among the mails that came in.")
    return onward(request, reverse("held-mails"))


@signed_in
@require_GET
def incoming_mail_raw(request: HttpRequest, number: int) -> HttpResponse:
    """The mail as it came, to be opened by a mail program; nothing of it is shown as a page of ours."""
    mail = get_incoming_mail_for(request.user, number)
    answer = HttpResponse(bytes(mail.raw), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="mail-{mail.pk}.eml"'
    return answer


urlpatterns = [
    path("postboxes/", postboxes, name="postboxes"),
    path("postboxes/<int:box_id>/", postbox, name="postbox"),
    path("postboxes/<int:box_id>/trial/", postbox_trial, name="postbox-trial"),
    path("capture/mails/", held_mails, name="held-mails"),
    path("capture/mails/<int:number>/", held_mail, name="held-mail"),
    path("capture/mails/<int:number>/setting-aside/", held_mail_setting_aside, name="held-mail-setting-aside"),
    path("nurture/incoming/<int:number>/raw/", incoming_mail_raw, name="incoming-mail-raw"),
]
