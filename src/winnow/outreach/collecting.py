"""Asks postboxes for new mail: each mail is taken once, kept before anything is made of it, and none holds another up.

Where this is killed it goes on at the next mail: a mail that was taken and not noted is known by its bytes.
"""

import logging
import ssl
import time
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError

from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.postbox import Collected, Postbox
from winnow.outreach.imap import AT_ONCE, BEGINNING, LARGEST, MailServer, MailServerTrouble, NotGiven
from winnow.outreach.replies import take_mail

MOST_AT_ONCE = 500
MOST_SECONDS = 300
MOST_TRIES = 5
CLOCKS_APART = timedelta(minutes=5)

log = logging.getLogger("winnow.mail")


def collect_due(at: datetime | None = None) -> int:
    """Ask the next postbox that is due. Returns how many were asked, 0 or 1."""
    box = Postbox.claim(at)
    if box is None:
        return 0
    try:
        collect(box)
    except (MailServerTrouble, Refusal) as trouble:
        log.warning("postbox %d: %s", box.pk, trouble)
        box.settle(str(trouble))
    else:
        box.settle()
    return 1


def collect(box: Postbox, context: ssl.SSLContext | None = None) -> int:
    """Take what is new in it. Returns how many mails were taken. MailServerTrouble when the server can't be asked; what
    was taken until then stays taken."""
    until, taken = time.monotonic() + MOST_SECONDS, 0
    with MailServer(box, context) as server:
        validity, following = server.select()
        _meet(box, validity, following)
        taken += _try_again(server, box)
        while taken < MOST_AT_ONCE and time.monotonic() < until:
            uids = server.after(box.last_uid, following)[:AT_ONCE]
            if not uids:
                break
            about = server.about(uids)
            for uid in uids:
                if uid in about and not _is_old(box, uid, about[uid][1]):
                    taken += _take(server, box, uid, about[uid][0])
                _advance(box, uid)
                if taken >= MOST_AT_ONCE or time.monotonic() > until:
                    break
        if box.after != "leave":
            _tidy(server, box)
    return taken


def test(box: Postbox, context: ssl.SSLContext | None = None) -> dict:
    """What somebody wants to know who has just typed the settings: how many mails wait, and which folders there are.
    MailServerTrouble or Refusal says why it doesn't work."""
    with MailServer(box, context) as server:
        _, following = server.select()
        return {"mails": len(server.numbers("ALL")) if following < 50_000 else following - 1,
                "folders": server.folders()}


def _meet(box: Postbox, validity: int, following: int) -> None:
    """Find out where to begin. Where the server gave its mails other numbers, all are looked at again: what was taken
    is known by its bytes and its Message-ID."""
    if box.validity == validity:
        return
    first = box.validity is None
    box.validity, box.last_uid = validity, following - 1 if first and box.begin == "new" else 0
    box.rebuilt_until = 0 if first else following - 1
    box.save(update_fields=["validity", "last_uid", "rebuilt_until"])


def _is_old(box: Postbox, uid: int, arrived: datetime | None) -> bool:
    """Whether a mail lay there before the postbox was set up, and has another number now: it isn't to be taken."""
    if box.begin == "all" or uid > box.rebuilt_until or arrived is None:
        return False
    return arrived < box.started_at - CLOCKS_APART


def _advance(box: Postbox, uid: int) -> None:
    Postbox.objects.filter(pk=box.pk, validity=box.validity, last_uid__lt=uid).update(last_uid=uid)
    box.last_uid = uid


def _take(server: MailServer, box: Postbox, uid: int, size: int) -> bool:
    """Fetch one mail and take it. What can't be fetched or done is noted, and tried again a few times."""
    mail, trouble = None, ""
    try:
        whole = size <= LARGEST
        raw = server.fetch(uid, LARGEST if whole else BEGINNING)
        note = "" if whole else f"only its first {BEGINNING // 1_000_000} MB of {size // 1_000_000} MB was fetched"
        mail = take_mail(raw, note=note).mail
    except NotGiven as error:
        trouble = f"the server doesn't give it: {error}"
    except (DataError, IntegrityError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        log.warning("mail %d of postbox %d could not be done", uid, box.pk, exc_info=error)
        trouble = f"{type(error).__name__}: {error}"
    row, _ = Collected.objects.get_or_create(
        postbox=box, validity=box.validity, uid=uid, defaults={"at": now(), "size": size}
    )
    row.mail, row.trouble, row.tries = mail or row.mail, trouble[:300].replace("\0", ""), row.tries + bool(trouble)
    row.save(update_fields=["mail", "trouble", "tries"])
    return mail is not None


def _try_again(server: MailServer, box: Postbox) -> int:
    left = Collected.objects.filter(postbox=box, validity=box.validity, tries__lt=MOST_TRIES).exclude(trouble="")
    return sum(_take(server, box, row.uid, row.size) for row in left.order_by("uid")[:20])


def _tidy(server: MailServer, box: Postbox) -> None:
    """Do to mails that were taken what the postbox says; also to those that a crash left."""
    taken = Collected.objects.filter(postbox=box, validity=box.validity, tidied_at=None, trouble="")
    for row in taken.exclude(mail=None).order_by("uid")[:MOST_AT_ONCE]:
        server.tidy(row.uid)
        Collected.objects.filter(pk=row.pk).update(tidied_at=now())
