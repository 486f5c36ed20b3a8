"""Looking in the register of disclosures, and ending one by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.models import Agency
from cases.forms.choices import offer
from cases.forms.dates import day_field
from cases.rules.codes import choices
from cases.rules.legal_basis import codes


class RegisterForm(forms.Form):
    since = day_field(_("Från och med"), required=False)
    until = day_field(_("Till och med"), required=False)
    to = forms.ChoiceField(label=_("Mottagare"), required=False)
    basis = forms.ChoiceField(label=_("Grund"), required=False)

    def __init__(
        self, *args: Any, agencies: Sequence[Agency], titles: dict[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        every = ("", _("Alla"))
        offer(self, "to", [every, *((str(one.id), one.name) for one in agencies)])
        offer(self, "basis", [every, *((code, titles[code]) for code in codes())])


class EndForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Varför ska det inte längre gå att läsa?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett skäl.")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "reason", choices("disclosure_end", today))
