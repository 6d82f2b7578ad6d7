"""The outbox: every mail and what became of it; what waits for a person's word; who gets none; what came in."""

from django import forms
from django.core.paginator import Paginator
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.leads import rights
from winnow.leads.addresses import normalise_email
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.mailbox import Bounce, IncomingMail
from winnow.leads.message import Suppression
from winnow.leads.person import Identity
from winnow.outreach import figures, gate, letter, outbox, sender, settling, unsubscribe
from winnow.outreach.replies import COULD_NOT
from winnow.web import toasts
from winnow.web.access import allowed, get_incoming_mail_for, get_message_for, require, signed_in
from winnow.web.nurture import framed
from winnow.web.onward import back, onward

PAGE = 50
AT_ONCE = 500
ORDER = ("held", "unknown", "queued", "sending", "sent", "failed", "suppressed", "cancelled")
ASKS = ("held", "unknown")
WORDS = {
    "held": "Waits for you", "unknown": "In doubt", "queued": "To go", "sending": "Going", "sent": "Sent",
    "failed": "Failed", "suppressed": "Kept back", "cancelled": "Called back",
}  # fmt: skip
TONES = {"held": "soon", "unknown": "late", "sent": "good", "failed": "late", "sending": "note"}


class MailForm(forms.Form):
    """A mail that somebody changes before it goes."""

    subject = forms.CharField(label="Subject", max_length=300)
    body = forms.CharField(label="Text", max_length=10_000, widget=forms.Textarea(attrs={"rows": 12}), strip=False)


class AddressesForm(forms.Form):
    """Addresses that get nothing any more."""

    addresses = forms.CharField(
        label="Addresses", max_length=200_000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One a line, or separated by commas.",
    )  # fmt: skip
    reason = forms.CharField(label="How do you know?", max_length=200, required=False)

    def clean_addresses(self):
        words = self.cleaned_data["addresses"].replace(",", "\n").replace(";", "\n").split("\n")
        found = {word.strip(): normalise_email(word) for word in words if word.strip()}
        wrong = [word for word, address in found.items() if not address.identifies]
        if wrong:
            raise forms.ValidationError(f"{wrong[0][:60]} is no mail address; nothing was added.")
        return [address.normalised for address in found.values()]


# -- mails -----------------------------------------------------------------------------------------------------------
@signed_in
@require_GET
def mails(request):
    """Every mail by what became of it; those that ask for a word of ours first."""
    mine = rights.messages_visible_to(request.user)
    counts = figures.waiting(mine)
    state = request.GET.get("state", "")
    if state not in ORDER:
        state = next((one for one in ASKS if counts.get(one)), "sent" if counts.get("sent") else "queued")
    rows = mine.filter(state=state).select_related("person__account", "tip", "enrolment__programme", "user")
    rows = rows.order_by("send_at" if state in ("held", "queued", "unknown") else "-send_at", "pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page, "state": state, "tone": TONES.get(state, ""), "now": now(), "missing": sender.waits_for(),
        "states": [(one, WORDS[one], counts.get(one, 0)) for one in ORDER], "word": WORDS[state],
        "may_send": rights.may(request.user, "send"), "most": AT_ONCE,
    }  # fmt: skip
    return render(request, "nurture/outbox.html", context)


@signed_in
@require_GET
def mail(request, number):
    """One mail: what it says, what became of it, and what may still be decided."""
    return _mail_page(request, get_message_for(request.user, number))


def _mail_page(request, found, form=None, status=200):
    if form is None and found.state == "held":
        form = MailForm(initial={"subject": found.subject, "body": found.body})
    context = {
        "mail": found, "form": form, "parts": letter.preview(found), "word": WORDS[found.state],
        "tone": TONES.get(found.state, ""), "sender": sender.from_address(), "earlier": figures.earlier(found),
        "bounces": found.bounces.order_by("at"), "answers": found.answers.order_by("received_at"),
        "clicks": found.clicks.select_related("link").order_by("at")[:20],
        "may_send": rights.may(request.user, "send"),
    }  # fmt: skip
    return render(request, "nurture/mail.html", context, status=status)


@signed_in
@require_GET
def mail_preview(request, number):
    """The HTML part as it goes out, for the frame on the page of the mail."""
    return framed(letter.preview(get_message_for(request.user, number)).html)


@allowed("send")
@require_POST
def confirmation(request, number):
    """Let a held mail go, as it is or changed."""
    found = get_message_for(request.user, number)
    form = None
    if "subject" in request.POST:
        form = MailForm(request.POST)
        if not form.is_valid():
            return _mail_page(request, found, form, 422)
    given = form.cleaned_data if form else {}
    changed = {name: value for name, value in given.items() if value.replace("\r\n", "\n") != getattr(found, name)}
    try:
        settling.confirm(found, by=request.user, **changed)
    except Refusal as refusal:
        if form is None:
            raise
        form.add_error(None, str(refusal))
        return _mail_page(request, found, form, 422)
    toasts.tell(request, f"The mail to {found.person or found.address} goes.", undo=_recall(found))
    return onward(request, back(request, reverse("mail", args=[found.pk])))


@allowed("send")
@require_POST
def recall(request, number):
    """A mail that waits is not to go."""
    found = get_message_for(request.user, number)
    settling.call_back(found, by=request.user)
    toasts.tell(request, f"The mail to {found.person or found.address} stays here.")
    return onward(request, back(request, reverse("mail", args=[found.pk])))


def _recall(found) -> str:
    return reverse("mail-recall", args=[found.pk])


@allowed("send")
@require_POST
def settlement(request, number):
    """Say what became of a mail in doubt."""
    found = get_message_for(request.user, number)
    settling.settle(found, request.POST.get("outcome", ""), by=request.user)
    said = {"arrived": "arrived", "lost": "never arrived", "again": "goes again"}[request.POST["outcome"]]
    toasts.tell(request, f"The mail to {found.person or found.address} {said}.")
    return onward(request, back(request, reverse("mail", args=[found.pk])))


@allowed("send")
@require_POST
def held_mails(request):
    """Let all held mails go, or call all of them back; at most 500 at once, the oldest first."""
    let_go = request.POST.get("decision") != "call back"
    done = 0
    for found in rights.messages_visible_to(request.user).filter(state="held").order_by("send_at", "pk")[:AT_ONCE]:
        require(request.user, "send", found)
        try:
            settling.confirm(found, by=request.user) if let_go else settling.call_back(found, by=request.user)
            done += 1
        except Refusal:
            continue  # somebody else decided about this one meanwhile
    toasts.tell(request, f"{done} mails go." if let_go else f"{done} mails stay here.")
    return onward(request, reverse("outbox"))


# -- who gets none ---------------------------------------------------------------------------------------------------
@allowed("send")
@require_http_methods(["GET", "POST"])
def suppressed(request):
    """The addresses that get no marketing mail. Only hashes are kept, so that they outlive the people."""
    form = AddressesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        new = 0
        for address in form.cleaned_data["addresses"]:
            person = _person_of(address)
            reason = form.cleaned_data["reason"] or "by hand"
            new += unsubscribe.opt_out(address, person=person, how="by_hand", by=request.user, reason=reason)
        toasts.tell(request, f"{new} more address{'' if new == 1 else 'es'} get{'s' if new == 1 else ''} nothing now.")
        return onward(request, reverse("suppressed"))
    asked = request.GET.get("address", "").strip()[:254]
    active = Suppression.objects.filter(lifted_at=None)
    context = {
        "form": form, "total": active.count(), "asked": asked, "answer": _answer(asked) if asked else None,
        "latest": active.order_by("-at")[:30], "bounces": _dead(),
    }  # fmt: skip
    return render(request, "nurture/suppressed.html", context, status=422 if request.method == "POST" else 200)


def _person_of(address):
    found = Identity.objects.filter(kind="email", value=address).select_related("person__account").first()
    return found.person.now_is() if found else None


def _answer(asked):
    """What the gate says of an address, for the form that asks."""
    why = gate.may_send(gate.Candidate(asked, person=_person_of(asked.lower()), hours=False, caps=False), now())
    return {"person": _person_of(asked.lower()), "why": why, "suppressed": why is not None and why.code == "suppressed",
            "bounced": why is not None and why.code == "bounced"}  # fmt: skip


def _dead():
    rows = Bounce.objects.filter(hard=True, forgiven_at=None, message__isnull=False).select_related("message__person")
    return rows.order_by("-at")[:30]


@allowed("send")
@require_POST
def lifting(request):
    """They asked to get mails again: in their own words, which are kept."""
    address, words = request.POST.get("address", "").strip()[:254], " ".join(request.POST.get("words", "").split())
    if not normalise_email(address).identifies or not words:
        raise Refusal("Give the address, and in their own words how they asked for it: it is the proof of consent.")
    person = _person_of(address.lower())
    unsubscribe.come_back(address, person=person, how="asked", wording=words[:1000], by=request.user)
    toasts.tell(request, f"{address} gets mails again where a programme has some.")
    return onward(request, f"{reverse('suppressed')}?address={address}")


@allowed("send")
@require_POST
def forgiveness(request):
    """The address works again, somebody says."""
    address = request.POST.get("address", "").strip()[:254]
    done = outbox.forgive(address, by=request.user)
    toasts.tell(request, f"{address} takes mail again." if done else f"No mail to {address} had come back.")
    return onward(request, f"{reverse('suppressed')}?address={address}")


# -- what came in ----------------------------------------------------------------------------------------------------
@allowed("see reports")
@require_GET
def incoming(request):
    """Mails that came in, newest first."""
    mine = rights.incoming_mails_visible_to(request.user)
    kind = request.GET.get("kind", "")
    if kind == "stuck":
        mine = mine.filter(did__startswith=COULD_NOT)
    elif kind in IncomingMail.KIND_WORDS:
        mine = mine.filter(kind=kind)
    rows = mine.defer("raw").select_related("person__account").order_by("-received_at", "-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "nurture/incoming.html", {"page": page, "kind": kind})


@signed_in
@require_GET
def incoming_mail(request, number):
    """One mail that came in."""
    return render(request, "nurture/incoming_mail.html", {"mail": get_incoming_mail_for(request.user, number)})


urlpatterns = [
    path("nurture/outbox/", mails, name="outbox"),
    path("nurture/outbox/held/", held_mails, name="outbox-held"),
    path("nurture/mails/<int:number>/", mail, name="mail"),
    path("nurture/mails/<int:number>/preview/", mail_preview, name="mail-preview"),
    path("nurture/mails/<int:number>/confirmation/", confirmation, name="mail-confirmation"),
    path("nurture/mails/<int:number>/recall/", recall, name="mail-recall"),
    path("nurture/mails/<int:number>/settlement/", settlement, name="mail-settlement"),
    path("nurture/suppressed/", suppressed, name="suppressed"),
    path("nurture/suppressed/lifting/", lifting, name="suppressed-lifting"),
    path("nurture/suppressed/forgiveness/", forgiveness, name="suppressed-forgiveness"),
    path("nurture/incoming/", incoming, name="incoming"),
    path("nurture/incoming/<int:number>/", incoming_mail, name="incoming-mail"),
]
