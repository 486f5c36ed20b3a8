"""The table of routes: who may enter which page. A page that is closed to a role does not exist for it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest

from access.actor import Actor
from access.models.membership import Role

TABLE = Path(__file__).with_name("routes.toml")


@cache
def table() -> Mapping[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def name_of(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.view_name if match else ""


def is_public(route: str) -> bool:
    return route in table()["public"]["routes"]


def works_while_locked(route: str) -> bool:
    return route in table()["flags"]["locked"]


def works_before_second_factor(route: str) -> bool:
    return route in table()["flags"]["unready"]


def works_without_membership(route: str) -> bool:
    return route in table()["flags"]["homeless"]


def is_about_the_account(route: str) -> bool:
    """Passwords, codes and the session itself: never a page of one's work."""
    return route in table()["account"]["routes"]


def may_enter(actor: Actor | None, route: str) -> bool:
    """Closed unless a row opens it."""
    if is_public(route) or is_about_the_account(route):
        return True
    if actor is None:
        return False
    if route in table()["signed_in"]["routes"]:
        return True
    return actor.role in table()["roles"].get(route, ())


def classified() -> dict[str, frozenset[str]]:
    """Route name → the roles that may enter (for tests and for the page "Vem får se vad")."""
    everybody = frozenset(role.value for role in Role)
    rows = dict.fromkeys(table()["public"]["routes"], everybody)
    rows |= dict.fromkeys(table()["account"]["routes"], everybody)
    rows |= dict.fromkeys(table()["signed_in"]["routes"], everybody)
    rows |= {route: frozenset(roles) for route, roles in table()["roles"].items()}
    return rows
