"""Who acts in this request: idle lock, absolute end, second factor, active membership."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.urls import reverse
from django.utils import timezone

from access import routes
from access.actor import MEMBERSHIP_KEY, Actor, actor_of, memberships_in_force, signed_in
from access.held import hold
from access.role_ended import note_left, what_was_written

STARTED, SEEN, LOCKED, DEMO_FACTOR = "started", "seen", "locked", "demo_factor"
# The one page that a locked session is handed to somebody with; unlocking, or locking anew, takes it back.
HANDED = "handed"
# A session row is written at most this often just to remember that somebody is still there.
SEEN_STEP_SECONDS = 30


class SessionGuard:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.actor = None  # type: ignore[attr-defined]  # becomes an ActingRequest
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> HttpResponseBase | None:
        route = routes.name_of(request)
        if routes.is_public(route) or not request.user.is_authenticated:
            return None
        session, now = request.session, timezone.now()
        chosen = session.get(MEMBERSHIP_KEY)
        actor = _choose_actor(request)
        strayed = _acts_for_another(request, actor, chosen)
        if (now - _moment(session, STARTED, now)) > settings.ABSOLUTE_END:
            _keep_what_was_typed(request, None if strayed else actor, route)
            logout(request)
            return _redirect("account_login", request)
        if (now - _moment(session, SEEN, now)) > settings.IDLE_LOCK:
            session[LOCKED] = True
        if session.get(LOCKED) and not routes.works_while_locked(route):
            _keep_what_was_typed(request, None if strayed else actor, route)
            return _redirect("unlock", request)
        if not session.get(LOCKED):
            _remember_seen(session, now)
        if not _second_factor(request) and not routes.works_before_second_factor(route):
            return HttpResponseRedirect(reverse("mfa_activate_totp"))
        request.actor = actor  # type: ignore[attr-defined]  # becomes an ActingRequest
        if routes.works_without_membership(route):
            return None
        return _without_the_role(request, actor, strayed=strayed)


def _choose_actor(request: HttpRequest) -> Actor | None:
    """The chosen membership if it is in force, else the first that is; ended ones fall away by themselves."""
    held = memberships_in_force(signed_in(request), timezone.localdate())
    request.memberships = held  # type: ignore[attr-defined]  # becomes an ActingRequest
    chosen = request.session.get(MEMBERSHIP_KEY)
    for membership in held:
        if str(membership.id) == chosen:
            return actor_of(membership)
    if chosen is not None:
        note_left(request, chosen)
    if not held:
        return None
    request.session[MEMBERSHIP_KEY] = str(held[0].id)
    if chosen is not None:
        # What other tabs still show was written for the membership that has ended: their forms are refused from now on.
        rotate_token(request)
    return actor_of(held[0])


def _without_the_role(
    request: HttpRequest, actor: Actor | None, *, strayed: bool
) -> HttpResponseBase | None:
    if strayed:
        return what_was_written(request, actor)
    return None if actor else HttpResponseRedirect(reverse("no_membership"))


def _acts_for_another(request: HttpRequest, actor: Actor | None, chosen: str | None) -> bool:
    """What was written in a membership that has ended since must not be carried out in another one."""
    return (
        request.method == "POST"
        and chosen is not None
        and (actor is None or chosen != str(actor.membership_id))
    )


def _second_factor(request: HttpRequest) -> bool:
    """Sign-in (allauth) asks for the code at sign-in of everybody who has one; here: has this person one at all?"""
    if not settings.PRODUCTION and request.session.get(DEMO_FACTOR):
        return True
    return bool(is_mfa_enabled(request.user))


def _moment(session: SessionBase, key: str, now: datetime) -> datetime:
    stored = session.get(key)
    if stored is None:
        session[key] = now.isoformat()
        return now
    return datetime.fromisoformat(stored)


def _remember_seen(session: SessionBase, now: datetime) -> None:
    if (now - _moment(session, SEEN, now)).total_seconds() > SEEN_STEP_SECONDS:
        session[SEEN] = now.isoformat()


def _keep_what_was_typed(request: HttpRequest, actor: Actor | None, route: str) -> None:
    """For the same person on the same page, and only where they may enter; passwords and codes are never kept."""
    if request.method != "POST" or routes.is_about_the_account(route):
        return
    if actor is not None and routes.may_enter(actor, route):
        hold(actor, path=request.path, fields=request.POST)


def _redirect(name: str, request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse(name)}?{urlencode({'next': request.path})}")
