"""An address that only a button leads to: whoever unlocks the session comes to it, and finds a page that says so."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

LOOKING = frozenset({"GET", "HEAD"})


def told(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """`answer`, with a page where it is the bare refusal (405) of somebody who only looks."""
    if answer.status_code != 405 or request.method not in LOOKING:
        return answer
    page = render(request, "access/by_button.html", status=405)
    page.headers["Allow"] = answer.headers["Allow"]
    return page
