"""Adding a file to a case, and taking one away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from cases.forms.choices import needed_at_times
from cases.models import AttachmentKind, RemovedBecause
from cases.rules.codes import Choices
from cases.rules.file_kinds import WORDS, MediaType, Problem


def words_of(problem: Problem) -> str:
    return WORDS[problem] % {
        "megabytes": settings.ATTACHMENT_MAX_BYTES // 1_000_000,
        "pages": settings.ATTACHMENT_MAX_PAGES,
        "megapixels": settings.ATTACHMENT_MAX_PIXELS // 1_000_000,
    }


class PaperForm(forms.Form):
    """The signed paper of a consent: what it is needs no asking; which consent it is of, only where there are several.

    consents: (id, state and days) of the case's, newest first.
    """

    file = forms.FileField(
        label=_("Fil"),
        # Empty files are told of together with the other faults of content.
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ",".join(MediaType)}),
        error_messages={"required": _("Välj en fil.")},
    )
    note = forms.CharField(
        label=_("Anteckning"),
        help_text=_("Till exempel datum eller vem som skickade den. Syns bredvid filens namn."),
        max_length=200,
        required=False,
    )
    consent = forms.ChoiceField(
        label=_("Vilket samtycke hör papperet till?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj vilket samtycke papperet hör till.")},
    )
    form_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    field_order: Sequence[str] = ("file", "consent", "note")

    def __init__(self, *args: Any, sent_bytes: int, consents: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.only = consents[0][0] if len(consents) == 1 else ""
        if len(consents) < 2:
            del self.fields["consent"]
        else:
            offer(self, "consent", consents)
        self.initial.setdefault("form_id", uuid4())
        # What is larger has been read past: the file is not among those that came.
        self.too_large = sent_bytes > settings.FILE_UPLOAD_MAX_MEMORY_SIZE
        self.fields["file"].help_text = _(
            "PDF, JPEG eller PNG, högst %(megabytes)s MB. Ett Word-dokument sparar du först som PDF."
            " I bilder tas uppgifter om plats och kamera bort."
        ) % {"megabytes": settings.ATTACHMENT_MAX_BYTES // 1_000_000}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.too_large:
            self.errors.pop("file", None)
            self.refuse(Problem.TOO_LARGE)
        elif self.errors and "file" in cleaned:
            self.add_error("file", _("Välj filen igen. Webbläsaren sparar den inte åt dig."))
        return cleaned

    def refuse(self, problem: Problem) -> None:
        self.add_error("file", words_of(problem))

    @property
    def kind(self) -> AttachmentKind:
        return AttachmentKind.CONSENT

    @property
    def of_consent(self) -> UUID | None:
        """The consent whose signed paper this is, if it is one."""
        chosen = self.cleaned_data.get("consent") or self.only
        return UUID(chosen) if chosen and self.kind is AttachmentKind.CONSENT else None

    def sent_from(self) -> UUID:
        """The id that the page drew: sent twice, it is still one file."""
        given: UUID | None = self.cleaned_data["form_id"]
        return given or uuid4()

    @property
    def upload(self) -> UploadedFile[Any]:
        given: UploadedFile[Any] = self.cleaned_data["file"]
        return given


class AttachmentForm(PaperForm):
    what = forms.ChoiceField(
        label=_("Vad är det?"),
        choices=AttachmentKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj vad det är.")},
    )
    field_order = ("file", "what", "consent", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "consent" in self.fields:
            self.fields["consent"].required = False
            self.fields["consent"].help_text = _("Bara för ett underskrivet samtycke.")
            needed_at_times(self, "consent")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        asked = cleaned.get("what") == AttachmentKind.CONSENT and "consent" in self.fields
        if asked and not cleaned.get("consent") and "consent" not in self.errors:
            self.add_error("consent", self.fields["consent"].error_messages["required"])
        return cleaned

    @property
    def kind(self) -> AttachmentKind:
        return AttachmentKind(self.cleaned_data["what"])


class RemoveForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Varför tas den bort?"),
        choices=RemovedBecause.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj varför den tas bort.")},
    )
