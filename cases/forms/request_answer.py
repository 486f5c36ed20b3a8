"""Answering a question from the police: what is told kind by kind, or why it is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from access.models import Membership
from cases.forms.choices import needed_at_times
from cases.forms.dates import day_field
from cases.rules.codes import words
from cases.rules.law import in_force
from cases.rules.legal_basis import Question

YES_NO = (("yes", _("Ja")), ("no", _("Nej")))


class ReleaseForm(forms.Form):
    """One text for each kind that was asked for; questions: those of the basis, each with a note."""

    about = forms.CharField(
        label=_("Vem gäller det?"),
        help_text=_("Så som polisen ska se det."),
        max_length=200,
        error_messages={"required": _("Skriv vem det gäller.")},
    )
    until = day_field(_("Får läsas till och med"))
    reason = forms.CharField(
        label=_("Varför lämnar du inte allt?"),
        help_text=_("Fyll i bara om du lämnar något fält tomt. Polisen läser det."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, *args: Any, kinds: Sequence[str], questions: Sequence[Question], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kinds, self.questions = kinds, questions
        for question in questions:
            self.fields[f"answer_{question.code}"] = forms.ChoiceField(
                label=question.text,
                choices=YES_NO,
                widget=forms.RadioSelect,
                error_messages={"required": _("Välj ett svar.")},
            )
            self.fields[f"note_{question.code}"] = forms.CharField(
                label=_("På vilket sätt?"),
                max_length=1000,
                error_messages={"required": _("Skriv ett par ord om varför.")},
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        for kind in kinds:
            self.fields[f"text_{kind}"] = forms.CharField(
                label=words("information_kind", kind),
                help_text=_("Polisen ser exakt den här texten. Lämna tomt det du inte lämnar ut."),
                max_length=4000,
                required=False,
                widget=forms.Textarea(attrs={"rows": 4}),
            )
            needed_at_times(self, f"text_{kind}")
        if len(kinds) == 1:
            # All or nothing: and nothing is to refuse.
            del self.fields["reason"]
        else:
            needed_at_times(self, "reason")
        asked = [f"{part}_{q.code}" for q in questions for part in ("answer", "note")]
        self.order_fields([*asked, "about", *(f"text_{kind}" for kind in kinds), "reason", "until"])

    @property
    def texts(self) -> dict[str, str]:
        return {kind: self.cleaned_data.get(f"text_{kind}", "") for kind in self.kinds}

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        today = timezone.localdate()
        latest = today + timedelta(days=in_force("release_time", today)[0]["longest_days"])
        if until > latest:
            raise forms.ValidationError(
                _("Senast %(day)s. Välj den dagen eller en tidigare.") % {"day": latest.isoformat()}
            )
        if until < today:
            raise forms.ValidationError(_("Dagen har redan varit."))
        return until

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for question in self.questions:
            answer = cleaned.get(f"answer_{question.code}")
            if answer and not question.allows(answer):
                self.add_error(
                    f"answer_{question.code}",
                    question.refused or _("Då lämnas uppgiften inte på den här grunden."),
                )
        empty = [kind for kind in self.kinds if not cleaned.get(f"text_{kind}")]
        if len(empty) == len(self.kinds):
            self.add_error(
                f"text_{self.kinds[0]}",
                _("Skriv det du lämnar ut. Lämnar du inget, välj ”Lämna inte ut” längre ner."),
            )
        elif empty and not cleaned.get("reason"):
            self.add_error("reason", _("Skriv varför du inte lämnar allt."))
        return cleaned


class RefuseForm(forms.Form):
    """The ground is one of the questions that the law's row asks, answered so that it stops."""

    ground = forms.ChoiceField(
        label=_("Varför lämnar du inte ut det?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett skäl.")},
    )
    reason = forms.CharField(
        label=_("Förklara"),
        help_text=_(
            "Polisen läser det. Skriv inget som är hemligt, inte ens om du känner personen."
        ),
        max_length=2000,
        error_messages={"required": _("Skriv skälet.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, questions: Sequence[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grounds = {
            question.code: f"{question.text} {_('Ja') if question.expects == 'no' else _('Nej')}."
            for question in questions
        }
        if not questions:
            del self.fields["ground"]
        else:
            offer(self, "ground", list(self.grounds.items()))

    @property
    def whole_reason(self) -> str:
        """The ground's words, then the reason as it was typed."""
        ground = self.grounds.get(self.cleaned_data.get("ground", ""), "")
        return "\n\n".join(part for part in (ground, self.cleaned_data["reason"]) if part)


class DeputyForm(forms.Form):
    deputy = forms.ChoiceField(
        label=_("Vem?"),
        help_text=_("En kollega på din enhet. Hen får läsa och besluta om frågorna under tiden."),
        error_messages={"required": _("Välj en kollega."), "invalid_choice": _("Välj i listan.")},
    )
    starts_on = day_field(_("Från och med"))
    ends_on = day_field(_("Till och med"))

    def __init__(self, *args: Any, colleagues: Sequence[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(one.id): one for one in colleagues}
        offer(
            self,
            "deputy",
            [
                ("", _("Välj kollega")),
                *((key, f"{m.user.name}, {m.get_role_display()}") for key, m in self.known.items()),
            ],
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if ends and ends < timezone.localdate():
            self.add_error("ends_on", _("Dagen har redan varit."))
        elif starts and ends and ends < starts:
            self.add_error("ends_on", _("Sista dagen kommer före den första."))
        deputy = self.known.get(cleaned.get("deputy", ""))
        if deputy and ends and ends > deputy.ends_on:
            self.add_error(
                "ends_on",
                _("Kollegans uppgift här upphör %(day)s. Välj den dagen eller en tidigare.")
                % {"day": deputy.ends_on.isoformat()},
            )
        return cleaned
