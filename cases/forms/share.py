"""The guide Dela, first: to whom and about what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from access.models import Unit
from cases.forms.dates import day_field
from cases.rules.outside_receiver import OutsideReceiver
from cases.services.sharing import unit_of


class WhoForm(forms.Form):
    to_unit = forms.ChoiceField(
        label=_("Vem vill du berätta för?"),
        widget=forms.Select,
        error_messages={"required": _("Välj en mottagare.")},
    )
    kind = forms.MultipleChoiceField(
        label=_("Vad vill du berätta om?"),
        help_text=_("Kryssa för allt det handlar om. Varje sort prövas för sig."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Välj vad det handlar om.")},
    )
    born = day_field(
        _("När är personen född?"),
        required=False,
        help_text=_("Om du vet. Några regler har en åldersgräns."),
    )
    happened_on = day_field(
        _("Har du redan berättat det? Skriv vilken dag."),
        required=False,
        help_text=_("Lämna tomt annars. Då gäller reglerna som de var den dagen."),
    )

    def __init__(
        self,
        *args: Any,
        units: Sequence[Unit],
        outside: Sequence[OutsideReceiver],
        kinds: Sequence[tuple[str, str]],
        knows_birth: bool,
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.units = {str(unit.id): unit for unit in units}
        self.outside = {str(there.id): there for there in outside}
        self.labels, self.today = dict(kinds), today
        here = [(key, unit.with_agency) for key, unit in self.units.items()]
        there = [(key, receiver.name) for key, receiver in self.outside.items()]
        options: list[tuple[Any, Any]] = [
            ("", _("Välj mottagare")),
            (_("Verksamheter i kommunen"), here),
            (_("Andra"), there),
        ]
        offer(self, "to_unit", options)
        offer(self, "kind", kinds)
        if knows_birth:
            del self.fields["born"]

    def clean_happened_on(self) -> date | None:
        day: date | None = self.cleaned_data["happened_on"]
        if day is not None and day > self.today:
            raise forms.ValidationError(_("Dagen har inte varit än."))
        return None if day == self.today else day

    def clean_born(self) -> date | None:
        day: date | None = self.cleaned_data["born"]
        if day is not None and day > self.today:
            raise forms.ValidationError(_("Dagen har inte varit än."))
        return day

    @property
    def unit(self) -> Unit:
        """The receiving unit; of a receiver who has none here, what stands in its place."""
        key = self.cleaned_data["to_unit"]
        return self.units[key] if key in self.units else unit_of(self.outside[key])

    @property
    def receiver(self) -> OutsideReceiver | None:
        return self.outside.get(self.cleaned_data["to_unit"])

    @property
    def kinds(self) -> list[str]:
        kinds: list[str] = self.cleaned_data["kind"]
        return kinds

    @property
    def on(self) -> date:
        """The day whose rules apply."""
        day: date | None = self.cleaned_data["happened_on"]
        return day or self.today
