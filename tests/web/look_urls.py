"""The specimen and empty places for every name that the frame looks for, so that the frame shows whole."""

from django.urls import path

from winnow.web import context, look


def _nowhere(request):
    raise NotImplementedError


NAMES = [name for name, _ in context.PROCESS] + ["find", "definition", "preferences", "logout"]
urlpatterns = [
    path("", look.specimen, name="start"),
    path("look/", look.specimen, name="look"),
    path("look/room/", look.room, name="look-room"),
    *(path(f"{name}/", _nowhere, name=name) for name in NAMES),
]
