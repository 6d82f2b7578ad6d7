"""A list of sites that send robots with their name as the referrer: views that come from them are kept apart.

winnow referrers spammers.txt         one host a line; replaces the list before
winnow referrers                      how many there are
"""

import re
from pathlib import Path

from winnow.leads.errors import Refusal

HOST = re.compile(r"[a-z0-9][a-z0-9.-]{1,250}\.[a-z0-9-]{2,63}")


def configure(parser):
    """A file with one host a line; what stands behind a # is a comment."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="one host a line")


def run(args):
    """Replace the list, in one transaction. Lines that are no host are counted and left out."""
    import json

    from django.db import transaction

    from winnow.leads.audit import audited
    from winnow.leads.pageview import SpamReferrer

    found = {"hosts": SpamReferrer.objects.count(), "left_out": 0}
    if args.file:
        hosts, left_out = hosts_of(args.file)
        with transaction.atomic():
            SpamReferrer.objects.all().delete()
            SpamReferrer.objects.bulk_create([SpamReferrer(host=host) for host in sorted(hosts)], batch_size=2000)
            audited(None, "load referrers", "spamreferrer", f"{len(hosts)} hosts of {Path(args.file).name}")
        found = {"hosts": len(hosts), "left_out": left_out}
    if args.json:
        print(json.dumps(found))
    else:
        left = f", {found['left_out']} lines left out that name no host" if found["left_out"] else ""
        print(f"{found['hosts']} referrers are kept apart{left}")


def hosts_of(file):
    """The hosts of the file, in small letters and as names of the net are written; and how many lines were none."""
    try:
        lines = Path(file).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise Refusal(f"{file} can't be read: {error.strerror}.", code="no_file") from None
    hosts, left_out = set(), 0
    for line in lines:
        text = line.partition("#")[0].strip().lower().removeprefix("www.")
        if not text:
            continue
        try:
            text = text if text.isascii() else text.encode("idna").decode()
        except UnicodeError:
            text = ""
        if HOST.fullmatch(text):
            hosts.add(text)
        else:
            left_out += 1
    return hosts, left_out
