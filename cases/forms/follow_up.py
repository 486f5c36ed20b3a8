"""Following up: how it goes, what was agreed, and a new date or the end of the case; or only another day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from cases.forms.choices import needed_at_times
from cases.forms.dates import day_field, problem_with_next, why_moved
from cases.models import Assignment
from cases.rules.codes import Choices
from cases.rules.follow_up_dates import latest

NEXT, CLOSE = "next", "close"


class FollowUpForm(forms.Form):
    how = forms.CharField(
        label=_("Hur går det?"),
        help_text=_("Vad har blivit bättre, vad oroar fortfarande, och vad säger den unge själv?"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Skriv hur det går.")},
    )
    agreed = forms.CharField(
        label=_("Vad kom ni överens om?"),
        help_text=_("Vem gör vad till nästa gång?"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    then = forms.ChoiceField(
        label=_("Vad händer sedan?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj om ni följer upp igen eller avslutar.")},
    )
    next_on = day_field(_("Nästa datum"), required=False)
    responsible = forms.ChoiceField(
        label=_("Vem följer upp?"),
        help_text=_("Om ni följer upp igen. Den som väljs blir påmind."),
        required=False,
    )
    reason = forms.ChoiceField(
        label=_("Varför avslutas ärendet?"), help_text=_("Bara om det avslutas."), required=False
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        people: Sequence[Assignment],
        reasons: Choices,
        today: date,
        may_continue: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        ways = [(NEXT, _("Vi följer upp igen"))] if may_continue else []
        offer(self, "then", [*ways, (CLOSE, _("Ärendet avslutas"))])
        offer(self, "reason", [("", _("Välj skäl")), *reasons])
        self.people = {str(one.membership_id): one.membership for one in people}
        offer(self, "responsible", [(key, held.user.name) for key, held in self.people.items()])
        self.fields["next_on"].help_text = _("Om ni följer upp igen. Senast %(day)s.") % {
            "day": latest(today).isoformat()
        }
        needed_at_times(self, "next_on", "responsible", "reason")
        if not may_continue:
            self.initial["then"] = CLOSE
            del self.fields["next_on"], self.fields["responsible"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("then") == NEXT:
            self._next(cleaned)
        elif cleaned.get("then") == CLOSE and not cleaned.get("reason"):
            self.add_error("reason", _("Välj varför ärendet avslutas."))
        return cleaned

    def _next(self, cleaned: dict[str, Any]) -> None:
        if "next_on" not in self.errors:
            day = cleaned.get("next_on")
            problem = (
                problem_with_next(day, today=self.today)
                if day
                else _("Skriv nästa datum. Ett öppet ärende har alltid ett.")
            )
            if problem:
                self.add_error("next_on", problem)
        if "responsible" not in self.errors and not cleaned.get("responsible"):
            self.add_error("responsible", _("Välj vem som följer upp."))


class MoveForm(forms.Form):
    due_on = day_field(_("Ny dag"))
    why = why_moved()
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_due_on(self) -> date:
        day: date = self.cleaned_data["due_on"]
        problem = problem_with_next(day, today=self.today)
        if problem:
            raise forms.ValidationError(problem)
        return day
