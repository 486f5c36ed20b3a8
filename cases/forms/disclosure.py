"""Looking in the register of disclosures, and ending one by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from access.models import Agency
from cases.forms.dates import day_field
from cases.rules.codes import choices, row_of
from cases.rules.legal_basis import codes
from cases.rules.outside_receiver import OutsideReceiver


class RegisterForm(forms.Form):
    since = day_field(_("Från och med"), required=False)
    until = day_field(_("Till och med"), required=False)
    to = forms.ChoiceField(label=_("Mottagare"), required=False)
    basis = forms.ChoiceField(label=_("Grund"), required=False)
    case = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        agencies: Sequence[Agency],
        outside: Sequence[OutsideReceiver],
        titles: dict[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        every = ("", _("Alla"))
        there = [(str(one.id), one.name) for one in outside]
        offer(self, "to", [every, *((str(one.id), one.name) for one in agencies), *there])
        offer(self, "basis", [every, *((code, titles[code]) for code in codes())])


class ExtractForm(forms.Form):
    """The purposes are a closed list: free text in the log could name somebody for ever."""

    PURPOSES = (
        ("", _("Välj ett syfte")),
        ("request", _("Begäran från den som uppgifterna gäller")),
        ("supervision", _("Tillsyn eller revision")),
        ("incident", _("Personuppgiftsincident")),
    )
    purpose = forms.ChoiceField(
        label=_("Vad ska utdraget användas till?"),
        help_text=_(
            "Syftet, tiden och ditt namn skrivs i loggen. Den som har skyddade personuppgifter är inte med."
        ),
        choices=PURPOSES,
        error_messages={"required": _("Välj vad utdraget ska användas till.")},
    )


class EndForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Varför ska det inte längre gå att läsa?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett skäl.")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = [
            (code, label)
            for code, label in choices("disclosure_end", today)
            if not row_of("disclosure_end", code, today)["by_itself"]
        ]
        offer(self, "reason", chosen)
