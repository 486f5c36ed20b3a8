"""The version that a page showed, as it came back in the form."""

from __future__ import annotations

from access.actor import ActingRequest

# More digits than any version has; a longer number is none.
LONGEST = 9


def seen_version(request: ActingRequest) -> int:
    """-1, which no row has, for anything but a number."""
    typed = request.POST.get("seen_version", "")
    return int(typed) if typed.isdecimal() and len(typed) <= LONGEST else -1
