"""A question from the police, written by the officer, or written down by whoever was asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from access.models import Unit
from cases.forms.dates import day_field
from cases.forms.once import OnceForm
from cases.rules.codes import choices
from cases.rules.request_routing import BASES, KINDS

LONGEST = timedelta(days=90)


class QuestionForm(OnceForm):
    """`units`: those that can be asked. What the question is about is sealed with whoever receives it."""

    unit = forms.ChoiceField(
        label=_("Vem frågar du?"),
        error_messages={
            "required": _("Välj en enhet."),
            "invalid_choice": _("Välj en enhet i listan."),
        },
    )
    basis = forms.ChoiceField(
        label=_("På vilken grund?"),
        choices=BASES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj en grund.")},
    )
    kinds = forms.MultipleChoiceField(
        label=_("Vilka sorters uppgifter gäller det?"),
        help_text=_("Bara det du kryssar för kan lämnas på frågan."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Kryssa för minst en sort.")},
    )
    about = forms.CharField(
        label=_("Vem gäller det?"),
        help_text=_("Det som behövs för att mottagaren ska veta vem du menar."),
        max_length=200,
        error_messages={"required": _("Skriv vem det gäller.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    wanted = forms.CharField(
        label=_("Vad vill du veta?"),
        help_text=_("Så snävt som möjligt: vilka uppgifter, och för vilken tid."),
        max_length=2000,
        error_messages={"required": _("Skriv vad du vill veta.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    purpose = forms.CharField(
        label=_("Varför behövs det?"),
        help_text=_(
            "Den som svarar ska kunna väga det mot sekretessen. Skriv inte underrättelser."
        ),
        max_length=2000,
        error_messages={"required": _("Skriv varför det behövs.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    answer_by = day_field(_("När behöver du svaret senast?"))

    def __init__(self, *args: Any, units: Sequence[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(unit.id): unit for unit in units}
        offer(
            self,
            "unit",
            [
                ("", _("Välj enhet")),
                *((key, f"{u.name}, {u.agency.name}") for key, u in self.known.items()),
            ],
        )
        known = dict(choices("information_kind", timezone.localdate()))
        offer(self, "kinds", [(kind, known[kind]) for kind in KINDS if kind in known])

    def clean_answer_by(self) -> date:
        day: date = self.cleaned_data["answer_by"]
        today = timezone.localdate()
        if day < today:
            raise forms.ValidationError(_("Dagen har redan varit."))
        if day > today + LONGEST:
            raise forms.ValidationError(_("Välj en dag inom tre månader."))
        return day


class PassOnForm(QuestionForm):
    """Written down by whoever got the question by telephone or at the door."""

    officer = forms.CharField(
        label=_("Vem frågade?"),
        help_text=_(
            "Namn, enhet och hur beslutaren når polisen. Ring tillbaka via 114 14 om du är osäker."
        ),
        max_length=200,
        error_messages={"required": _("Skriv vem som frågade.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = (
        *("token", "unit", "officer", "about", "wanted", "purpose", "kinds", "basis"),
        "answer_by",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].label = _("Vilken enhet gäller frågan?")
        self.fields["wanted"].label = _("Vad ville polisen veta?")
        self.fields["purpose"].label = _("Vad sa de om varför?")
        self.fields["purpose"].help_text = _("Så som det sades. Svara inte på frågan själv.")
        self.fields["basis"].help_text = _("Sa de inget om det? Välj den sista.")
        self.fields["basis"].label = _("På vilken grund frågade de?")
        self.fields["answer_by"].label = _("När ville de ha svar senast?")
