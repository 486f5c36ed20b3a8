"""Dates and numbers that no line break divides."""

from __future__ import annotations

import re

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
# A day (2027-02-20) or a drawn number (S26-7KQ2M): browsers break a line after the hyphen.
UNDIVIDED = re.compile(r"\b(?:\d{4}-\d{2}-\d{2}|[A-Z]\d{2}-[A-Z0-9]{5})\b")


@register.filter
def whole(text: str) -> SafeString:
    """The text, escaped unless it is so already, with each day and number in it kept on one line. For text, never for tags."""
    kept = UNDIVIDED.sub(r'<span class="s-whole">\g<0></span>', conditional_escape(text))
    return mark_safe(kept)  # noqa: S308 # nosec B308 B703 - escaped on the line above; the span is ours
