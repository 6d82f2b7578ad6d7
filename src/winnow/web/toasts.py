"""What the system says after an act, with the way back: "Ines Falkner is in “Audit season”. Undo"."""

import json

from django.contrib import messages


def tell(request, text, undo=""):
    """Say it on the next page. `undo`: a path of this site that a POST takes the act back with."""
    messages.info(request, text, extra_tags=undo)


def refuse(request, text):
    """Say on the next page why something was not done; it stays until it is shut."""
    messages.error(request, text)


def on(response, text, undo=""):
    """The same on an answer to htmx, without a new page. Returns the response."""
    response["HX-Trigger"] = json.dumps({"toast": {"text": text, "undo": undo}})
    return response
