"""What one may do with a row, but not as long as a condition of the policy does not hold: a page that says which."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from access.policy import policy


class NotNow(Exception):
    """The relation holds and the row is the actor's to see; `conditions` are what is wanting.

    way: label and address of the page where what is wanting begins, for an actor who may.
    """

    def __init__(self, conditions: Iterable[str] = ()) -> None:
        super().__init__()
        self.conditions = sorted(conditions)
        self.way: tuple[str, str] | None = None


def page(request: HttpRequest, fault: NotNow) -> HttpResponse:
    wanting = [_(policy().conditions[name]) for name in fault.conditions]
    label, url = fault.way or (_("Till I dag"), reverse("today"))
    context = {"wanting": wanting, "label": label, "url": url}
    return render(request, "access/not_now.html", context, status=409)
