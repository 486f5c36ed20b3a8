"""Handing over a summary on paper to social services in the municipality a family moves to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from access.municipality_codes import municipality_names
from cases.rules.legal_basis import Verdict
from cases.services.sharing import Answer


class HandoverForm(forms.Form):
    municipality = forms.ChoiceField(
        label=_("Vart flyttar familjen?"), error_messages={"required": _("Välj kommun.")}
    )
    recipient = forms.CharField(
        label=_("Vem ska ha brevet?"),
        help_text=_("Namn och enhet, till exempel Anna Ek, mottagningen."),
        max_length=120,
        error_messages={"required": _("Skriv vem som ska ha brevet.")},
    )
    basis = forms.ChoiceField(
        label=_("På vilken grund?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj grund.")},
    )
    why = forms.CharField(
        label=_("Varför behövs det där?"),
        help_text=_("Vilken vård eller vilket stöd, eller vilket ärende som tas över."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Skriv varför det behövs.")},
    )
    about = forms.CharField(
        label=_("Vem gäller det?"),
        max_length=200,
        error_messages={"required": _("Skriv vem det gäller.")},
    )
    body = forms.CharField(
        label=_("Sammanfattning"),
        help_text=_("Bara det som behövs. Inget om syskon eller andra."),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": _("Skriv sammanfattningen.")},
    )

    def __init__(self, *args: Any, ways: Sequence[Verdict], home: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ways = {way.code: way for way in ways if way.possible}
        names = sorted(name for code, name in municipality_names().items() if code != home)
        offer(self, "municipality", [("", _("Välj kommun")), *((name, name) for name in names)])
        offer(self, "basis", [(code, f"{way.basis.title} ({way.basis.provision})") for code, way in self.ways.items()])  # fmt: skip

    def answers(self) -> dict[str, Answer]:
        """The one reason answers each question of the chosen basis."""
        way = self.ways[self.cleaned_data["basis"]]
        note = self.cleaned_data["why"]
        return {asked.code: Answer(answer="yes", note=note) for asked in way.questions}
