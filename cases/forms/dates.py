"""A day typed as 2026-11-21, in the one way all forms of a case ask for it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.rules.follow_up_dates import latest
from reminders.models.deadline import MoveReason

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

NO_REASON = _("Välj varför dagen flyttas.")
INVALID_DATE = _("Skriv datumet så här: 2026-11-21.")


def day_field(label: str | _StrPromise, **kwargs: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"inputmode": "numeric"}, format="%Y-%m-%d"),
        error_messages={"invalid": INVALID_DATE, "required": INVALID_DATE},
        **kwargs,
    )


def why_moved(**kwargs: Any) -> forms.ChoiceField:
    """Why a date is moved: a closed list, so that nothing about anybody is written there."""
    return forms.ChoiceField(
        label=_("Varför flyttas dagen?"),
        choices=[("", _("Välj skäl")), *MoveReason.choices],
        error_messages={"required": NO_REASON},
        **kwargs,
    )


def problem_with_next(day: date, *, today: date) -> str:
    """Why `day` cannot be the case's next date; empty if it can."""
    if day <= today:
        return str(_("Välj en dag som kommer efter i dag."))
    if day > latest(today):
        return str(_("Senast %(day)s: ett öppet ärende får inte vänta längre.")) % {
            "day": latest(today).isoformat()
        }
    return ""
