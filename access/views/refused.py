"""Refusals that are pages of their own."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.defaults import server_error

from access import routes
from access.actor import MEMBERSHIP_KEY, Actor, actor_of, memberships_in_force, signed_in
from access.held import NEVER_HELD
from access.role_ended import LEFT, what_was_written
from access.session_guard import LOCKED
from crypto.errors import KeyServiceAway

RETRY_AFTER_SECONDS = 60


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from before one's role ended is too old for that reason, and its writer is told so."""
    if (
        request.user.is_authenticated
        and request.session.get(LEFT)
        and not request.session.get(LOCKED)
    ):
        return what_was_written(request, _acting_now(request))
    return render(request, "403_csrf.html", status=403)


def _acting_now(request: HttpRequest) -> Actor | None:
    """The check of a form's token comes before the guard that would have said who acts."""
    chosen = request.session.get(MEMBERSHIP_KEY)
    held = memberships_in_force(signed_in(request), timezone.localdate())
    return next((actor_of(one) for one in held if str(one.id) == chosen), None)


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
