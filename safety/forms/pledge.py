"""Importing a pledge (paste or upload), approving and publishing it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from safety.forms.free_text import INVALID_DAY, DayInput
from safety.pledge_text import PledgeReading, UnreadablePledge, read_pledge
from safety.pledge_text.reading import LARGEST
from safety.rules.person_words import has_identity_number

HUGE = gettext_lazy("Texten är för stor. Ett medborgarlöfte får vara högst 200 kB.")


class ImportForm(forms.Form):
    """Reading happens here: `reading` is what was read of a valid form."""

    text = forms.CharField(
        label=gettext_lazy("Klistra in medborgarlöftets text"),
        help_text=gettext_lazy(
            "Hela texten, så som den är publicerad. Du granskar innan något sparas."
        ),
        error_messages={"required": gettext_lazy("Klistra in en text eller välj en fil.")},
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14}),
    )
    file = forms.FileField(
        label=gettext_lazy("Eller välj en textfil"),
        help_text=gettext_lazy("En fil med ren text (.txt), högst 200 kB."),
        required=False,
        allow_empty_file=True,
    )

    def __init__(self, *args: Any, municipality_name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.municipality_name = municipality_name
        self.reading: PledgeReading | None = None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        text, file = cleaned.get("text") or "", cleaned.get("file")
        if file and not text.strip():
            # A file alone is enough.
            self.errors.pop("text", None)
        if text.strip() and file:
            self.add_error("file", _("Välj antingen text eller fil, inte båda."))
        elif file:
            self._read(
                "file", b"" if file.size > LARGEST else file.read(), huge=file.size > LARGEST
            )
        elif text.strip():
            self._read("text", text, huge=False)
        elif "text" not in self.errors:
            self.add_error("text", _("Klistra in en text eller välj en fil."))
        return cleaned

    def _read(self, field: str, raw: bytes | str, *, huge: bool) -> None:
        if huge:
            self.add_error(field, str(HUGE))
            return
        try:
            self.reading = read_pledge(raw, municipality_name=self.municipality_name)
        except UnreadablePledge as refusal:
            self.add_error(field, _(str(refusal)))
            return
        if any(has_identity_number(promise.text) for promise in self.reading.promises):
            self.add_error(
                field,
                _(
                    "I ett av löftena står något som liknar ett personnummer. Ta bort det ur texten."
                ),
            )


class VersionForm(forms.Form):
    """One button on a page: says which version the person has seen."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)


class PublishForm(VersionForm):
    next_follow_up_on = forms.DateField(
        label=gettext_lazy("När kommer nästa uppföljning?"),
        help_text=gettext_lazy("Dagen visas på den offentliga sidan, och du får en påminnelse."),
        widget=DayInput,
        error_messages={"invalid": INVALID_DAY, "required": INVALID_DAY},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_next_follow_up_on(self) -> date:
        day: date = self.cleaned_data["next_follow_up_on"]
        if day <= self.today:
            raise forms.ValidationError(_("Välj en dag som inte har varit än."))
        return day
