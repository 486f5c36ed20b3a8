"""What is typed is kept as it is seen: pasted text brings characters that nobody sees, and that turn or split what is read.

An override of the direction in a name turns every sentence that the name stands in, and a zero-width space makes the name one
that no search finds. The marks and joiners that Arabic, Persian and Kurdish are written with stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase

from access.held import NEVER_HELD

# Soft hyphen, zero-width space, word joiner, byte order mark; embedding, override and isolate of the direction (UAX 9).
UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff\u202a\u202b\u202c\u202d\u202e"))
UNSEEN |= dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069"))


class SeenText:
    """Before the session guard, so that what the lock holds is clean too. A password or a code is left as it was typed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        _view: Callable[..., HttpResponseBase],
        _args: Sequence[Any],
        _kwargs: Mapping[str, Any],
    ) -> None:
        if request.method == "POST":
            request.POST = seen(request.POST)  # type: ignore[assignment]  # the stub has it immutable


def seen(fields: QueryDict) -> QueryDict:
    """The same fields without the characters in UNSEEN; as they came where there are none."""
    plain = fields.copy()
    for name, values in fields.lists():
        if name not in NEVER_HELD:
            plain.setlist(name, [value.translate(UNSEEN) for value in values])
    return fields if plain == fields else plain
