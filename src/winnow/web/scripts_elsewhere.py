"""Scripts of ours that stand in pages of other sites."""

from functools import cache
from pathlib import Path

from django.http import HttpResponse

FOLDER = Path(__file__).parent / "static" / "winnow"
HOUR = 3600


def script_for_other_sites(name: str) -> HttpResponse:
    """A script by its file's name. Its address never changes, so it is asked for again every hour."""
    answer = HttpResponse(_read(name), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = f"public, max-age={HOUR}"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@cache
def _read(name: str) -> bytes:
    return (FOLDER / name).read_bytes()
