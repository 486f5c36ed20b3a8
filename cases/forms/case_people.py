"""Adding a colleague to a case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from access.models import Membership
from cases.forms.dates import day_field


class AddColleagueForm(forms.Form):
    colleague = forms.ChoiceField(
        label=_("Vem ska arbeta i ärendet?"),
        help_text=_(
            "Bara kollegor i er egen verksamhet. Var och en som läggs till kan läsa ärendet."
        ),
        error_messages={"required": _("Välj en kollega.")},
    )
    until = day_field(_("Till och med"), help_text=_("Därefter upphör åtkomsten av sig själv."))

    def __init__(
        self, *args: Any, colleagues: Sequence[Membership], today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(one.id): one for one in colleagues}
        self.today = today
        names = [
            (key, f"{one.user.name}, {one.get_role_display()}, {one.unit.name}")
            for key, one in self.known.items()
        ]
        offer(self, "colleague", [("", _("Välj kollega")), *names])

    def clean_until(self) -> date:
        day: date = self.cleaned_data["until"]
        if day < self.today:
            raise forms.ValidationError(_("Dagen har redan varit."))
        if day > self.today.replace(year=self.today.year + 1, day=min(self.today.day, 28)):
            raise forms.ValidationError(_("Högst ett år i taget. Välj en tidigare dag."))
        return day

    def chosen(self) -> Membership:
        return self.known[self.cleaned_data["colleague"]]
