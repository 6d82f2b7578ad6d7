"""Addresses of static files that change with the content, so that browsers may keep them for a year."""

import hashlib
from functools import cache

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class VersionedStaticFiles(StaticFilesStorage):
    """Adds `?v=` and a piece of the content's hash: unlike hashed names, this needs no collecting step."""

    def url(self, name):
        address = super().url(name)
        version = content_version(name) if name else ""
        return f"{address}?v={version}" if version else address


@cache
def content_version(name):
    found = finders.find(name)
    if not found:
        return ""
    with open(found, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:10]
