"""The web application as a process of the web server loads it."""

from winnow.ops import lifeline
from winnow.web.wsgi import application

__all__ = ["application"]

lifeline.leave_with_parent()
