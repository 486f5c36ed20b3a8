"""Inviting to an orossamtal, noting the reply, and adding to finished notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from cases.forms.dates import day_field
from cases.forms.once import OnceForm
from cases.models import InvitedHow, Reply
from cases.rules.protection import CLOSED_WORDS, Closed
from reminders.working_days import local_date

# A proposal for what is written to the family: Swedish, like the letter, whatever language the page is in.
VOLUNTARY = (
    "Vi vill gärna träffa er och prata om hur det är just nu. Samtalet är frivilligt. Ni kan tacka nej, och "
    "ni kan ångra er när som helst. Ingenting dåligt händer om ni tackar nej. Säg till om ni behöver tolk."
)


class InviteForm(OnceForm):
    kind = forms.ChoiceField(
        label=_("Vilket slags samtal?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj vem som leder samtalet.")},
    )
    trigger = forms.CharField(
        label=_("Varför bjuder ni in?"),
        help_text=_("Vad har hänt, när och var. Ingen annan än ni i ärendet ser det."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Skriv varför ni bjuder in.")},
    )
    sent_on = day_field(_("När bjöd ni in?"))
    how = forms.ChoiceField(
        label=_("Hur?"),
        choices=InvitedHow.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj hur ni bjöd in.")},
    )
    invitation = forms.CharField(
        label=_("Vad stod i inbjudan, eller vad sa ni?"),
        help_text=_("Att samtalet är frivilligt ska stå med."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Skriv vad ni skrev eller sa.")},
    )
    planned_for = forms.DateTimeField(
        label=_("Föreslagen tid"),
        help_text=_("Till exempel 2026-12-03 15:00. Räkna med en och en halv timme."),
        required=False,
        widget=forms.DateTimeInput(attrs={"inputmode": "numeric"}, format="%Y-%m-%d %H:%M"),
        error_messages={"invalid": _("Skriv datum och tid så här: 2026-12-03 15:00.")},
    )
    place = forms.CharField(label=_("Föreslagen plats"), max_length=200, required=False)
    interpreter = forms.CharField(
        label=_("Tolk"),
        help_text=_("Språk, och om tolken är beställd. Lämna tomt om ingen behövs."),
        max_length=200,
        required=False,
    )

    def __init__(
        self,
        *args: Any,
        kinds: Sequence[Mapping[str, str]],
        today: date,
        no_messages: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        if no_messages:
            ways = [one for one in InvitedHow.choices if one[0] != InvitedHow.MESSAGE]
            offer(self, "how", ways)
            self.fields["how"].help_text = CLOSED_WORDS[Closed.MAIL]
        offer(self, "kind", [(row["code"], gettext(row["label"])) for row in kinds])
        self.fields["kind"].help_text = " ".join(
            f"{gettext(row['label'])}: {gettext(row['hint'])}" for row in kinds
        )

    def clean_sent_on(self) -> date:
        sent: date = self.cleaned_data["sent_on"]
        if sent > self.today:
            raise forms.ValidationError(_("Dagen har inte varit än."))
        return sent

    def clean_planned_for(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["planned_for"]
        sent: date | None = self.cleaned_data.get("sent_on")
        if at and sent and local_date(at) < sent:
            raise forms.ValidationError(
                _("Tiden är före dagen då ni bjöd in, %(day)s. Välj den dagen eller en senare.")
                % {"day": sent.isoformat()}
            )
        return at


class ReplyForm(forms.Form):
    reply = forms.ChoiceField(
        label=_("Vad svarade de?"),
        help_text=_(
            "Ett nej är bara ett nej. Det antecknas inte som något annat och påverkar inte ärendet."
        ),
        choices=[choice for choice in Reply.choices if choice[0]],
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett svar.")},
    )
    replied_on = day_field(_("När?"))
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_replied_on(self) -> date:
        day: date = self.cleaned_data["replied_on"]
        if day > self.today:
            raise forms.ValidationError(_("Dagen har inte varit än."))
        return day


class AdditionForm(forms.Form):
    text = forms.CharField(
        label=_("Tillägg eller rättelse"),
        help_text=_(
            "Det som redan står ändras inte. Skriv vad som ska läggas till, och vem som sa det."
        ),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Skriv vad du vill lägga till.")},
    )
