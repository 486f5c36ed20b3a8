"""Declaring a conflict of interest (jäv)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from access.models import Membership
from cases.forms.case_protection import person_words
from cases.forms.choices import needed_at_times
from cases.models import ConflictKind


class ConflictKindForm(forms.Form):
    """Of what was handed over the kind is all that is asked: more would say whom it is about."""

    kind = forms.ChoiceField(
        label=_("Vad gäller det?"),
        choices=ConflictKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj vad det gäller.")},
    )


class ConflictForm(ConflictKindForm):
    reason = forms.CharField(
        label=_("Berätta kort"),
        help_text=_("Sparas förseglat. Bara chefen läser det."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Berätta kort varför.")},
    )


class CaseConflictForm(ConflictForm):
    """`colleagues` is given to a manager, who may register somebody else's; `successors` where a lead leaves."""

    who = forms.ChoiceField(
        label=_("Vem är jävig?"), error_messages={"required": _("Välj vem det gäller.")}
    )
    successor = forms.ChoiceField(
        label=_("Vem leder ärendet i stället?"),
        help_text=_(
            "Den som lämnar leder ärendet nu. Allt som skulle göras går över till den du väljer."
        ),
        required=False,
    )
    field_order = ("who", "kind", "reason", "successor")

    def __init__(
        self,
        *args: Any,
        colleagues: Sequence[Membership],
        successors: Sequence[Membership],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.colleagues = {str(one.id): one for one in colleagues}
        self.successors = {str(one.id): one for one in successors}
        if colleagues:
            names = [(key, person_words(one)) for key, one in self.colleagues.items()]
            offer(self, "who", [("", _("Välj vem det gäller")), *names])
        else:
            del self.fields["who"]
        if successors:
            names = [(key, person_words(one)) for key, one in self.successors.items()]
            offer(self, "successor", [("", _("Välj kollega")), *names])
            needed_at_times(self, "successor")
        else:
            del self.fields["successor"]

    def chosen(self, me: Membership) -> Membership:
        return self.colleagues.get(self.cleaned_data.get("who", ""), me)

    def heir(self) -> Membership | None:
        return self.successors.get(self.cleaned_data.get("successor", ""))
