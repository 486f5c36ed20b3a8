"""Taking or declining a concern."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from access.models import Membership
from cases.forms.case_protection import person_words
from cases.forms.choices import needed_at_times
from cases.forms.identity_number import clean_identity_number
from cases.models import Protection
from cases.rules.identity_number import IdentityNumber
from cases.rules.protection import Closed, Level, level
from cases.services.protection import ManagerNotNamed, TooFewNamed, in_texts, must_be_enough


class TakeForm(forms.Form):
    name = forms.CharField(
        label=_("Den unges namn"),
        max_length=200,
        error_messages={"required": _("Skriv den unges namn.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    number = forms.CharField(
        label=_("Personnummer eller samordningsnummer"),
        help_text=_("ÅÅÅÅMMDD-NNNN. Lämna tomt om du inte vet."),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    birth_date = forms.DateField(
        label=_("Födelsedatum"),
        help_text=_("Till exempel 2011-05-17. Numret och födelsedatumet kan skilja sig åt."),
        required=False,
        widget=forms.DateInput(attrs={"inputmode": "numeric"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Skriv datumet så här: 2011-05-17.")},
    )
    protection = forms.ChoiceField(
        label=_("Skyddade personuppgifter"),
        choices=Protection.choices,
        initial=Protection.NONE,
    )

    named = forms.MultipleChoiceField(
        label=_("Vilka mer ska se ärendet?"),
        help_text=_(
            "Bara vid skyddade personuppgifter. Du och de du väljer ser ärendet, ingen annan. Välj minst en chef."
        ),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self,
        *args: Any,
        colleagues: Sequence[Membership] = (),
        me: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(one.id): one for one in colleagues}
        self.me = str(me)
        others = [(key, person_words(one)) for key, one in self.known.items() if key != self.me]
        offer(self, "named", others)
        needed_at_times(self, "named")

    def clean_number(self) -> IdentityNumber | None:
        typed: str = self.cleaned_data["number"]
        return clean_identity_number(typed) if typed.strip() else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        today = timezone.localdate()
        of_level = level(cleaned.get("protection", Protection.NONE), today)
        if of_level.named_only and "named" not in self.errors:
            self._must_be_enough(of_level, today)
        if Closed.ADDRESS in of_level.closes and in_texts(
            {"name": cleaned.get("name", "")}, on=today
        ):
            self.add_error("name", _("Skriv bara namnet. Det här ser ut som en adress."))
        return cleaned

    def _must_be_enough(self, of_level: Level, today: date) -> None:
        people = [
            self.known[key] for key in {*self.cleaned_data["named"], self.me} if key in self.known
        ]
        try:
            must_be_enough(of_level, people, today=today)
        except TooFewNamed as fault:
            self.add_error(
                "named",
                _("Med dig ska minst %(count)s se ärendet. Välj fler.") % {"count": fault.needed},
            )
        except ManagerNotNamed:
            self.add_error("named", _("Välj också en chef, så att någon kan utse nästa."))

    def chosen(self) -> list[Membership]:
        """Those who are named besides the one who takes the concern."""
        return [self.known[key] for key in self.cleaned_data["named"]]


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Varför är det inte aktuellt för SSPF?"),
        help_text=_(
            "Sparas förseglat hos er. Den som lämnade oron får samma besked vad du än svarar."
        ),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Skriv skälet.")},
    )
