"""Refusals that are pages of their own."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.debug import sensitive_variables
from django.views.defaults import server_error

from access import routes
from access.held import NEVER_HELD
from crypto.errors import KeyServiceAway

RETRY_AFTER_SECONDS = 60


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)


def failed(request: HttpRequest) -> HttpResponse:
    """Django's handler of what nobody caught; a key service that is away is told as such.

    From wherever it was raised: a guard, a view or the rendering. Django calls it while the exception is handled.
    """
    if isinstance(sys.exception(), KeyServiceAway):
        return _key_service_away(request)
    return server_error(request)


@sensitive_variables()
def _key_service_away(request: HttpRequest) -> HttpResponse:
    """Nothing can be sealed now, so what was typed goes back to the browser it came from, ready to be sent again."""
    typed: list[tuple[str, str]] = []
    if request.method == "POST" and not routes.is_about_the_account(routes.name_of(request)):
        typed = [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if name not in NEVER_HELD
        ]
    page = render_to_string(
        "503_keys.html",
        {
            "typed": typed,
            "files": bool(typed and request.FILES),
            "path": request.get_full_path(),
            # Without the request: the frame around the page asks the database, which may be closed here.
            "csrf_token": get_token(request),
        },
    )
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return HttpResponse(page, status=503, headers=headers)
