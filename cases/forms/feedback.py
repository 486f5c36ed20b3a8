"""Asking for feedback on a report of concern, matching the question with the report, and answering it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from cases.forms.choices import needed_at_times
from cases.rules.codes import Choices
from cases.services.feedback import WITHHELD


class AskFeedbackForm(forms.Form):
    child = forms.CharField(
        label=_("Vilket barn gällde anmälan?"),
        help_text=_(
            "Så att mottagningen hittar din anmälan. Bara mottagningen ser det; det sparas inte hos er."
        ),
        max_length=200,
        error_messages={"required": _("Skriv vilket barn anmälan gällde.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class MatchForm(forms.Form):
    report = forms.ChoiceField(
        label=_("Vilken anmälan gäller frågan?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Välj en anmälan."),
            "invalid_choice": _("Välj en av anmälningarna i listan."),
        },
    )

    def __init__(self, *args: Any, reports: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "report", reports)


class AnswerFeedbackForm(forms.Form):
    """Offers what was decided, and to give no feedback; nothing else is lawful."""

    answer = forms.ChoiceField(
        label=_("Vad ska den som anmälde få veta?"),
        help_text=_("Bara det här får lämnas (26 kap. 9 a § OSL). Lägg inte till något."),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Välj ett svar."),
            "invalid_choice": _("Välj ett av svaren."),
        },
    )
    reason = forms.CharField(
        label=_("Varför är det olämpligt att återkoppla?"),
        help_text=_("Fyll i bara om ni inte återkopplar. Skälet stannar hos er."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, answers: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "answer", answers)
        needed_at_times(self, "reason")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("answer") == WITHHELD and not cleaned.get("reason"):
            self.add_error("reason", _("Skriv varför det är olämpligt. Skälet stannar hos er."))
        return cleaned
