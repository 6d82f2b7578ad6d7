"""The elements of the look as tags and filters. What each looks like in every state: /look/."""

from collections.abc import Mapping

from django import template
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import mark_safe

from winnow.funnel import claims
from winnow.leads import axes, rights
from winnow.leads.formwords import spoken as spoken_in
from winnow.policy.words import called
from winnow.web import wording

register = template.Library()

LETTERS = ("Budget", "Authority", "Need", "Timing", "Fit", "Other")
SILENT = mark_safe('aria-hidden="true"')
DOTS = {
    "strong": mark_safe('<circle cx="6" cy="6" r="5"/>'),
    "plain": mark_safe('<circle cx="6" cy="6" r="3"/>'),
    "hollow": mark_safe('<circle cx="6" cy="6" r="4.5"/>'),
    "against": mark_safe('<circle cx="6" cy="6" r="5"/><path d="M3.2 6h5.6"/>'),
}
TICKS = {
    "done": mark_safe('<path d="M3 8.5l3.2 3.2L13 4.6"/>'),
    "now": mark_safe('<path d="M5 3.5l6 4.5-6 4.5Z"/>'),
    "to come": mark_safe('<circle cx="8" cy="8" r="5"/>'),
    "not kept": mark_safe('<path d="M4 4l8 8M12 4l-8 8"/>'),
}
KERNELS = {"yes": "yes", "partly": "part", "unknown": "unknown", "no": "no"}
TONES = {"", "good", "soon", "late", "note", "grain", "hollow"}


@register.simple_tag
def kernel(answer, name=""):
    """One answer of BANTFO. With a name it speaks ("Budget partly"), without one the words beside it do."""
    answer = _answer(answer)
    shape = KERNELS[answer]
    css = "kernel" if shape == "unknown" else f"kernel {shape}"
    voice = format_html('role="img" aria-label="{} {}"', name, answer) if name else SILENT
    return format_html('<svg class="{}" {}><use href="#k-{}"/></svg>', css, voice, shape)


@register.simple_tag
def ear(answers):
    """Six kernels in the order B A N T F O, from a mapping by name or letter, or from six values."""
    if isinstance(answers, Mapping):
        by_letter = {str(key)[:1].upper(): value for key, value in answers.items()}
        six = [_answer(by_letter.get(name[0])) for name in LETTERS]
    else:
        six = [_answer(value) for value in (answers or [None] * 6)]
        if len(six) != 6:
            raise ValueError(f"An ear has six answers, in the order B A N T F O; {len(six)} were given.")
    said = ", ".join(f"{name} {answer}" for name, answer in zip(LETTERS, six, strict=True))
    kernels = format_html_join("", "{}", ((kernel(answer),) for answer in six))
    return format_html('<span class="ear" role="img" aria-label="{0}" title="{0}">{1}</span>', said, kernels)


@register.simple_tag
def grade(letter):
    """The grade box, A to D; None is not graded."""
    letter = str(letter or "").strip().upper()
    known = letter in {"A", "B", "C", "D"}
    return format_html(
        '<span class="grade {}" title="{}"><span class="only-read">{}</span>{}</span>',
        letter.lower() if known else "none",
        f"Grade {letter}" if known else "Not graded",
        "Grade " if known else "Not graded ",
        letter if known else "–",
    )


@register.simple_tag
def state(tone, words):
    """A state as a chip: a word, a shape, then a colour. Tones: good, soon, late, note, grain, hollow, or ""
    plain.
    """
    tone = str(tone or "")
    if tone not in TONES:
        raise ValueError(
            f"{tone!r} is no tone of a state; there are {', '.join(sorted(TONES - {''}))} and plain ''."
        )
    return format_html('<span class="state{}">{}</span>', f" {tone}" if tone else "", words)


@register.simple_tag
def fig(value, url=""):
    """A number that opens its people. Without url it opens nothing and has no underline."""
    text = wording.count(value) if value is None or isinstance(value, int | float) else value
    return format_html('<a class="fig" href="{}">{}</a>', url, text) if url else conditional_escape(text)


@register.simple_tag
def ring(fraction, tone, label=""):
    """The answer clock. `fraction`: share of the time that is left. An exclamation mark once it is over."""
    if tone not in {"good", "soon", "late"}:
        raise ValueError(f"{tone!r} is no tone of the clock; there are good, soon and late.")
    voice = format_html('role="img" aria-label="{}"', label) if label else SILENT
    if tone == "late":
        inside = mark_safe(
            '<circle class="face" cx="20" cy="20" r="15.5"/><path class="hand" d="M20 12v9M20 26v1.6"/>'
        )
    else:
        left = max(0.0, min(1.0, float(fraction or 0))) * 97.4  # the circumference
        inside = format_html(
            '<circle class="track face" cx="20" cy="20" r="15.5"/>'
            '<circle class="arc" cx="20" cy="20" r="15.5" stroke-dasharray="{} 97.4"'
            ' transform="rotate(-90 20 20)"/><path class="hand" d="M20 13v7l4.5 3"/>',
            f"{left:.1f}",
        )
    return format_html('<svg class="ring {}" viewBox="0 0 40 40" {}>{}</svg>', tone, voice, inside)


@register.simple_tag
def dots(done, total):
    """Touches of a cadence: made, the next one, planned; all made where there were more. Beyond twelve the words alone
    say it."""
    done, total = int(done or 0), int(total or 0)
    said = f"{done:,} of {total:,} touches made" if total else "no touches planned"
    if not total or total > 12:
        return format_html('<span class="faint">{}</span>', said)
    kinds = ["on"] * min(done, total) + ["now"] * (done < total) + ["to-come"] * (total - done - 1)
    pips = format_html_join("", '<i class="{}"></i>', ((kind,) for kind in kinds))
    return format_html('<span class="pips" role="img" aria-label="{}">{}</span>', said, pips)


@register.simple_tag
def dot(kind="plain"):
    """A dot on a timeline (the kernel is for BANTFO alone): strong, plain, hollow (not counted), against."""
    if kind not in DOTS:
        raise ValueError(f"{kind!r} is no dot; there are {', '.join(DOTS)}.")
    return format_html(
        '<svg class="dot {}" viewBox="0 0 12 12" aria-hidden="true">{}</svg>', kind, DOTS[kind]
    )


@register.simple_tag
def tick(kind):
    """The mark before a line of an agenda or a promise: done, now, to come, not kept."""
    if kind not in TICKS:
        raise ValueError(f"{kind!r} is no mark of an agenda; there are {', '.join(TICKS)}.")
    css = "tick now" if kind == "now" else "tick"
    return format_html(
        '<svg class="{}" viewBox="0 0 16 16" role="img" aria-label="{}">{}</svg>', css, kind, TICKS[kind]
    )


@register.simple_tag(takes_context=True)
def claim(context, code, words="where from"):
    """A link from a figure that Winnow brings along to where it comes from, for who may open it. KeyError for a code
    that the register doesn't have."""
    found = claims.claim(code)
    if not rights.may(context["request"].user, "see reports"):
        return ""
    return format_html(
        '<a class="claim tiny" href="{}#{}" title="{}: {}">{}</a>',
        reverse("measure-claims"), code, found.trust, found.source, words,
    )  # fmt: skip


@register.simple_tag
def meter(value, total, label):
    """How far long work is. `label` names what is counted: "Rows imported"."""
    return format_html(
        '<div class="meter" role="progressbar" aria-label="{0}" aria-valuenow="{1}" aria-valuemin="0"'
        ' aria-valuemax="100"><svg width="{1}%" height="8" aria-hidden="true"></svg></div>',
        label,
        round(100 * max(0, min(1, value / total))) if total else 0,
    )


@register.simple_tag
def when(moment, now=None):
    """A moment in people's words, the exact one on hover and for machines."""
    if moment is None:
        return wording.UNKNOWN
    exact = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        exact.isoformat(timespec="seconds"), f"{exact:%d %b %Y %H:%M %Z}", ago(moment, now),
    )  # fmt: skip


@register.filter
def ago(moment, now=None):
    """A moment as people say it: "2 h", "yesterday", "11 Mar". `now` is for tests and for pages as of a
    date.
    """
    return wording.ago(_local(moment), timezone.localtime(now or _now()))


@register.filter
def age(moment, now=None):
    """How long something waits, in one unit: "2 h", "6 d"."""
    return wording.age(moment, now or _now())


@register.filter
def duration(minutes, manner=""):
    """Working minutes left or late; with "plain" the bare length of time."""
    return wording.span(minutes) if manner == "plain" else wording.duration(minutes)


@register.filter
def quoted_errors(field):
    """The errors of a form field, each quoting what was typed. A secret is never quoted."""
    typed = field.data if isinstance(field.data, str) else ""
    secret = getattr(field.field.widget, "input_type", "") in {"password", "file"}
    show = wording.clipped(typed, 40) if typed.strip() and not secret else ""
    return [error if not show or show in error else f"“{show}”: {error}" for error in field.errors]


@register.filter
def may(who, verb):
    """Whether they may do that at all: a page links to nothing that its reader can't open."""
    return rights.may(who, verb)


@register.filter
def words(code):
    """A code as people say it: `handed_off` is "handed off"."""
    return called(str(code))


@register.filter
def item(table, key):
    """What a mapping has under a key; nothing where there is none."""
    return table.get(key) if table else None


@register.filter
def plural(number, names):
    """A number with its word: 1 and "thing,things" is "1 thing"."""
    one, several = names.split(",")
    return f"{number:,} {one if number == 1 else several}"


@register.filter
def band_name(band):
    """A band of engagement by its name: 2 is "halfway"."""
    return axes.BANDS.get(band, "")


register.filter("count", wording.count)
register.filter("points", wording.points)
register.filter("score", wording.score)
register.filter("percent", wording.percent)
register.filter("money", wording.money)
register.filter("money_short", wording.money_short)


def _answer(value):
    answer = str(getattr(value, "value", value) or "unknown").lower()
    answer = "partly" if answer in {"part", "partial"} else answer
    if answer not in KERNELS:
        raise ValueError(f"{value!r} is no answer of BANTFO; there are yes, partly, unknown and no.")
    return answer


def _local(moment):
    return None if moment is None else timezone.localtime(moment)


def _now():
    from winnow.leads import clock  # here: the look renders where no database is set up

    return clock.now()


@register.simple_tag(takes_context=True)
def lead_to_wrong(context, form):
    """Give the focus to the first field that can't be kept as it stands, where it was sent just now."""
    sent = "request" in context and context["request"].method == "POST"
    for name in form.fields if sent and form.is_bound and form.errors else ():
        attrs = form.fields[name].widget.attrs
        attrs.pop("autofocus", None)
        if name in wrong_fields(form)[:1]:
            attrs["autofocus"] = True
    return ""


@register.filter
def wrong_fields(form):
    """The names of the fields that can't be kept, in the order in which they stand."""
    return [name for name in form.fields if name in form.errors] if form.is_bound else []


@register.filter
def spoken(text):
    """What a form says by itself, in the language of the page."""
    return spoken_in(text, translation.get_language() or "en")


@register.simple_tag
def spoken_with(text, **gaps):
    """The same where something is named in it."""
    return spoken(text).format(**gaps)
