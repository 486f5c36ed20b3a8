"""The level of protection: raising it with those who are named, asking to lower it, naming a colleague."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from access.models import Membership
from cases.models import Protection
from cases.rules.protection import ORDER, level, lowers


def person_words(one: Membership) -> str:
    return f"{one.user.name}, {one.get_role_display()}, {one.unit.name}"


def reason_field(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=_("Sparas förseglat hos personen. Skriv ingen adress."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Skriv skälet.")},
    )


class RaiseForm(forms.Form):
    to = forms.ChoiceField(
        label=_("Vilket skydd gäller nu?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj vilket skydd som gäller.")},
    )
    named = forms.MultipleChoiceField(
        label=_("Vilka ska se ärendet?"),
        help_text=_(
            "Minst två, och en av dem en chef. Alla andra förlorar ärendet genast, också i sökningar och listor."
        ),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Välj vilka som ska se ärendet.")},
    )
    reason = reason_field(_("Hur vet ni det?"))

    def __init__(
        self,
        *args: Any,
        present: str,
        colleagues: Sequence[Membership],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(one.id): one for one in colleagues}
        offer(
            self,
            "to",
            [
                (one.value, one.label)
                for one in ORDER
                if one != present and not lowers(present, one) and not level(one, today).own_person
            ],
        )
        offer(self, "named", [(key, person_words(one)) for key, one in self.known.items()])

    def chosen(self) -> list[Membership]:
        return [self.known[key] for key in self.cleaned_data["named"]]

    def level(self) -> Protection:
        return Protection(self.cleaned_data["to"])


class LowerForm(forms.Form):
    to = forms.ChoiceField(
        label=_("Vilket skydd ska gälla i stället?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj vilket skydd som ska gälla.")},
    )
    reason = reason_field(_("Varför behövs skyddet inte längre?"))

    def __init__(self, *args: Any, present: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "to", [(one.value, one.label) for one in ORDER if lowers(present, one)])

    def level(self) -> Protection:
        return Protection(self.cleaned_data["to"])


class NameForm(forms.Form):
    colleague = forms.ChoiceField(
        label=_("Vem mer ska få se personen?"),
        help_text=_("Den som ska arbeta i ärendet läggs sedan till där som vanligt."),
        error_messages={"required": _("Välj en kollega.")},
    )
    reason = reason_field(_("Varför behöver hen det?"))

    def __init__(self, *args: Any, colleagues: Sequence[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(str(one.id), person_words(one)) for one in colleagues]
        offer(self, "colleague", [("", _("Välj kollega")), *names])
