"""Registering the municipality's decision on standing sharing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from access.models import Agency
from cases.forms.dates import day_field


class StandingForm(forms.Form):
    number = forms.CharField(
        label=_("Beslutets nummer"),
        help_text=_("Till exempel diarienumret."),
        max_length=40,
        error_messages={"required": _("Skriv beslutets nummer.")},
    )
    decided_on = day_field(_("Beslutat den"))
    until = day_field(_("Gäller till och med"))
    to = forms.ChoiceField(
        label=_("Till vilken verksamhet?"), error_messages={"required": _("Välj en mottagare.")}
    )
    kinds = forms.MultipleChoiceField(
        label=_("Vilka uppgifter?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Kryssa för minst en.")},
    )

    def __init__(
        self,
        *args: Any,
        agencies: Sequence[Agency],
        kinds: Sequence[tuple[str, str]],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(one.id): one for one in agencies}
        self.today = today
        named = [(key, one.name) for key, one in self.known.items()]
        offer(self, "to", [("", _("Välj verksamhet")), *named])
        offer(self, "kinds", kinds)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        decided, until = cleaned.get("decided_on"), cleaned.get("until")
        if decided and decided > self.today:
            self.add_error("decided_on", _("Dagen har inte varit än."))
        if until and until < self.today:
            self.add_error("until", _("Dagen har redan varit."))
        return cleaned

    @property
    def agency(self) -> Agency:
        return self.known[self.cleaned_data["to"]]
