"""What a signer answers, why one goes on, an exception and its decision, and a withdrawal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from cases.forms.choices import needed_at_times
from cases.forms.dates import day_field
from cases.models import ConsentScope
from cases.rules.codes import places_of, words
from cases.rules.consent_answers import Answer, ExceptionRow

SIGNED_HOW = (
    ("paper", _("På papper, underskrivet")),
    ("visit", _("Underskrivet vid besök")),
    ("letter", _("Papper med posten")),
)
CHANNELS = (
    ("phone", _("Per telefon")),
    ("visit", _("Vid besök")),
    ("letter", _("Brev eller blankett")),
    ("message", _("Meddelande")),
)
OF_SIGNER = (
    (Answer.SIGNED, _("Ja, och har skrivit under")),
    (Answer.REFUSED, _("Nej")),
    (Answer.UNREACHABLE, _("Går inte att nå")),
)
OF_HEARD = (
    (Answer.HEARD, _("Den unge vill vara med")),
    (Answer.DISSENTED, _("Den unge vill inte")),
)
HOW = dict((*SIGNED_HOW, *CHANNELS))
# Also how an answer came that nobody chose from a list.
SAID_HOW = HOW | {"screen": _("På skärmen")}
OPINION_MOST = 2000


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(
        label=_("Vad blev svaret?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett svar.")},
    )
    channel = forms.ChoiceField(
        label=_("Hur fick du svaret?"),
        choices=list(HOW.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett svar.")},
    )
    day = day_field(_("Vilken dag?"))
    opinion = forms.CharField(
        label=_("Vad säger den unge själv?"),
        help_text=_(
            "Den unges egna ord. Behövs alltid, också för den som är för liten för att svara: skriv då hur du vet."
        ),
        max_length=OPINION_MOST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Skriv vad den unge själv säger.")},
    )
    read_by = forms.CharField(label=_("Uppläst eller tolkat av"), max_length=200, required=False)

    def __init__(
        self, *args: Any, youth: bool, must_sign: bool, adult: bool, today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.initial.setdefault("day", today)
        offer(self, "answer", OF_SIGNER if must_sign else OF_HEARD)
        if not youth or adult:
            del self.fields["opinion"]
        elif must_sign:
            self.fields["opinion"].required = False
            needed_at_times(self, "opinion")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        answer = cleaned.get("answer")
        if answer == Answer.SIGNED and cleaned.get("channel") not in (None, *dict(SIGNED_HOW)):
            self.add_error("channel", _("En underskrift kan inte komma så. Be om den på papper."))
        if (
            "opinion" in self.fields
            and answer not in {None, Answer.UNREACHABLE}
            and not cleaned.get("opinion")
            and "opinion" not in self.errors
        ):
            self.add_error("opinion", _("Skriv vad den unge själv säger."))
        day = cleaned.get("day")
        if day and day > self.today:
            self.add_error("day", _("Dagen har inte varit än."))
        return cleaned


class ScreenForm(forms.Form):
    """What the young person writes on the screen that was handed over; told in the form's language what is wrong."""

    def __init__(self, *args: Any, words: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words = words
        self.fields["opinion"] = forms.CharField(
            max_length=OPINION_MOST,
            error_messages={
                "required": words["opinion_missing"],
                "max_length": words["opinion_long"].format(most=OPINION_MOST),
            },
        )

    def refuse_address(self) -> None:
        """Without a word of why: the screen is in somebody else's hands."""
        self.add_error("opinion", self.words["opinion_address"])


class ReasonForm(forms.Form):
    """Why one goes on although a young person of that age does not want to."""

    reason = forms.CharField(
        label=_("Varför är det rätt att gå vidare ändå?"),
        help_text=_("Väg in den unges ålder, mognad och vad den unge har sagt."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Skriv varför.")},
    )


class ExceptionForm(forms.Form):
    basis = forms.ChoiceField(
        label=_("Vilket undantag?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett undantag.")},
    )
    reason = forms.CharField(
        label=_("Skäl"),
        help_text=_("Vad hindrar, hur länge, och varför kan det inte vänta?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Skriv skälen.")},
    )

    def __init__(self, *args: Any, rows: Sequence[ExceptionRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "basis", [(row.code, words("consent_exception", row.code)) for row in rows])


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("Beslut"),
        choices=(("grant", _("Godkänn undantaget")), ("deny", _("Neka undantaget"))),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett beslut.")},
    )
    reason = forms.CharField(
        label=_("Skäl för beslutet"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Skriv skälen.")},
    )


class WithdrawForm(forms.Form):
    """All of it, or by unit and by kind; what is chosen in either way ends."""

    whole = forms.BooleanField(label=_("Hela samtycket återkallas"), required=False)
    scopes = forms.MultipleChoiceField(
        label=_("Vilka får inte längre dela eller ta del?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    kinds = forms.MultipleChoiceField(
        label=_("Vad får inte längre delas?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    channel = forms.ChoiceField(
        label=_("Hur fick du veta det?"),
        choices=CHANNELS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett svar.")},
    )

    def __init__(self, *args: Any, scopes: Sequence[ConsentScope], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.live = scopes
        places = {str(s.covers_unit or s.covers_agency): _place(s) for s in scopes}
        offer(self, "scopes", sorted(places.items(), key=lambda one: one[1]))
        order = places_of("information_kind")
        kinds = sorted({s.kind for s in scopes if s.kind}, key=lambda kind: order[kind])
        offer(self, "kinds", [(kind, words("information_kind", kind)) for kind in kinds])
        needed_at_times(self, "scopes", "kinds", "whole")
        if not kinds:
            del self.fields["kinds"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not (
            cleaned.get("whole") or cleaned.get("scopes") or cleaned.get("kinds")
        ):
            self.add_error("scopes", _("Kryssa för minst en, eller för hela samtycket."))
        return cleaned

    def chosen(self) -> list[ConsentScope]:
        given = self.cleaned_data
        if given.get("whole"):
            return list(self.live)
        places, kinds = set(given.get("scopes", ())), set(given.get("kinds", ()))
        return [
            scope
            for scope in self.live
            if str(scope.covers_unit or scope.covers_agency) in places or scope.kind in kinds
        ]


def _place(scope: ConsentScope) -> str:
    return ", ".join(dict.fromkeys(filter(None, (scope.covers_unit_name, scope.covers_name))))
