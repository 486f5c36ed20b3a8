"""What a log reviewer fills in. There is no free search: a number, a colleague or a day, nothing else."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.models import Membership, Verdict

if TYPE_CHECKING:
    _ModelChoice = forms.ModelChoiceField[Membership]
else:
    _ModelChoice = forms.ModelChoiceField

NUMBER = re.compile(r"[A-ZÅÄÖ]\d\d-[0-9A-Z]{5}")


class NumberForm(forms.Form):
    number = forms.CharField(
        label=_("Nummer"),
        help_text=_("Till exempel S26-7KQ2M. Skriv inga namn och personnummer."),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Skriv ett nummer.")},
    )

    def clean_number(self) -> str:
        number = str(self.cleaned_data["number"]).strip().upper()
        if not NUMBER.fullmatch(number):
            raise forms.ValidationError(_("Ett nummer ser ut så här: S26-7KQ2M."))
        return number


class Colleagues(_ModelChoice):
    def label_from_instance(self, obj: Membership) -> str:
        return f"{obj.user.name}, {obj.get_role_display()}, {obj.unit.name}"


class ColleagueForm(forms.Form):
    colleague = Colleagues(
        label=_("Kollega"),
        queryset=Membership.objects.none(),
        empty_label=_("Välj en kollega"),
        error_messages={
            "required": _("Välj en kollega."),
            "invalid_choice": _("Välj en kollega i listan."),
        },
    )

    def __init__(self, *args: Any, colleagues: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["colleague"]
        field.queryset = colleagues


class DayForm(forms.Form):
    day = forms.DateField(
        label=_("Dag"),
        help_text=_("Till exempel 2026-11-21."),
        widget=forms.DateInput(attrs={"inputmode": "numeric"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Välj en dag."),
            "invalid": _("Skriv dagen så här: 2026-11-21."),
        },
    )

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not 2000 <= day.year <= 2200:
            raise forms.ValidationError(_("Skriv dagen så här: 2026-11-21."))
        return day


class VerdictForm(forms.Form):
    verdict = forms.ChoiceField(
        label=_("Din bedömning"),
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj en bedömning.")},
    )
    note = forms.CharField(
        label=_("Anteckning"),
        help_text=_(
            "Vad kollegan svarade, eller vem du har fört det vidare till. Skriv inget om den unge."
            " Sparas förseglat och läses av den som granskar loggen hos er."
        ),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        verdict = given.get("verdict")
        if verdict and verdict != Verdict.OK and not given.get("note", "").strip():
            self.add_error("note", _("Skriv kort vad som kom fram eller vem som vet mer."))
        return given


class ExportForm(forms.Form):
    """The purposes are a closed list: free text in the log could name somebody for ever."""

    PURPOSES = (
        ("", _("Välj ett syfte")),
        ("log_review", _("Månadens loggkontroll")),
        ("suspicion", _("Misstanke om obehörig läsning")),
        ("request", _("Begäran från den som uppgifterna gäller")),
        ("incident", _("Personuppgiftsincident")),
        ("supervision", _("Tillsyn eller revision")),
    )
    purpose = forms.ChoiceField(
        label=_("Vad ska utdraget användas till?"),
        help_text=_("Syftet, tiden och ditt namn skrivs i loggen."),
        choices=PURPOSES,
        error_messages={"required": _("Välj vad utdraget ska användas till.")},
    )
