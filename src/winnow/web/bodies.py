"""The body of a request from a program, also where it was sent in pieces."""

from django.http import HttpRequest


def read_body(request: HttpRequest, most: int) -> bytes:
    """The body, of a longer one than `most` that many bytes and one more.

    Who sends in chunks says no length before, and Django would then read nothing at all.
    """
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower() and not request.META.get("CONTENT_LENGTH"):
        return request.environ["wsgi.input"].read(most + 1)
    return request.read(most + 1)
