"""What the page of a form has to know to do its proof of work."""

from django import template
from django.conf import settings
from django.utils.html import format_html

from winnow.intake.proof import PUZZLES

register = template.Library()


@register.simple_tag
def proof_of_work():
    """How many puzzles there are and how hard each is, as attributes of the script."""
    return format_html('data-puzzles="{}" data-bits="{}"', PUZZLES, settings.PROOF_BITS)
