"""Steps of an emergency: a second factor that can be given anew, the form, and a Friday night."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    generate_totp_secret,
)
from django.test import Client
from django.utils import timezone

from access.models import User
from reminders.working_days import STOCKHOLM, add_working_days, is_working_day
from tests.cast import Cast
from tests.second_factor import code_of

FRIDAY, WEDNESDAY = 4, 2
NUMBER = "201101022398"
WHY = "Kanariefågel: flickan gick hemifrån klockan 18 och har inte hörts av."


def friday_night() -> datetime:
    """21.10 on the next Friday after which Monday to Wednesday are working days."""
    day = timezone.localdate() + timedelta(days=1)
    while not (
        day.weekday() == FRIDAY
        and all(is_working_day(day + timedelta(days=n)) for n in (0, 3, 4, 5))
    ):
        day += timedelta(days=1)
    return datetime.combine(day, time(21, 10), STOCKHOLM)


def wednesday_after(friday: date) -> date:
    day = add_working_days(friday, 3)
    assert day.weekday() == WEDNESDAY
    return day


def give_factor(user: User) -> None:
    if not Authenticator.objects.filter(user=user).exists():
        TOTP.activate(user, generate_totp_secret())


def fields(cast: Cast, who: str, number: str, **changed: str) -> dict[str, str]:
    user = cast.membership(who).user
    give_factor(user)
    return {
        "number": number,
        "reason": "fara_liv_hälsa",
        "words": WHY,
        "code": code_of(user),
        "once": str(uuid4()),
    } | changed


def break_glass(cast: Cast, who: str, number: str, **changed: str) -> tuple[Client, str]:
    """The opener's browser, and the page of what was opened."""
    client = cast.client(who)
    answer: Any = client.post("/nodoppning/", fields(cast, who, number, **changed))
    assert answer.status_code == 302, answer.content.decode()
    return client, str(answer["Location"])
