"""What the frame around every page shows: the process, the definition in force, who is logged in."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

PROCESS = (
    ("attract", "Attract"),
    ("capture", "Capture"),
    ("qualify", "Qualify"),
    ("nurture", "Nurture"),
    ("handoff", "Hand off"),
    ("review", "Review"),
    ("measure", "Measure"),
    ("assess", "Assess"),
)


@dataclass(frozen=True)
class ProcessItem:
    name: str
    label: str
    url: str


@dataclass(frozen=True)
class Me:
    name: str = ""
    role: str = ""
    initials: str = ""


def frame(request):
    """The frame's variables, each found out only where a template asks for it.

    A page may pass its own `process`. `definition_known` is false where nobody is logged in or the models are
    missing: then the frame says nothing about a definition rather than "none".
    """
    found = SimpleLazyObject(lambda: _definition(request))
    items = SimpleLazyObject(process_items)
    return {
        "process_items": items,
        "process": SimpleLazyObject(lambda: _current(request, items)),
        "process_label": SimpleLazyObject(lambda: dict(PROCESS).get(_current(request, items), "Process")),
        "definition_known": SimpleLazyObject(lambda: found["known"]),
        "definition_in_force": SimpleLazyObject(lambda: found["row"]),
        "me": SimpleLazyObject(lambda: _me(request)),
    }


def process_items():
    """The eight entries that have a page, in the order of the process."""
    found = []
    for name, label in PROCESS:
        try:
            found.append(ProcessItem(name, label, reverse(name)))
        except NoReverseMatch:
            continue
    return found


def initials(name):
    """Two letters for a disc: "Carol Meyer" -> "CM", "Ann" -> "A"."""
    words = [word for word in str(name).split() if word[:1].isalpha()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def _current(request, items):
    """The entry whose path the request's path begins with."""
    inside = [item for item in items if item.url != "/" and request.path.startswith(item.url)]
    return max(inside, key=lambda item: len(item.url)).name if inside else ""


def _definition(request):
    if not _me(request):
        return {"known": False, "row": None}
    try:
        from winnow.leads.definition import Definition
    except (ImportError, RuntimeError):  # RuntimeError: the app isn't installed
        return {"known": False, "row": None}
    return {"known": True, "row": Definition.in_force()}


def _me(request):
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    name = getattr(user, "name", "") or user.get_username()
    role = getattr(user, "get_role_display", lambda: getattr(user, "role", ""))()
    return Me(name, str(role), getattr(user, "initials", "") or initials(name))
