"""Adding a file to a case, and taking one away."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from cases.models import AttachmentKind, RemovedBecause
from cases.rules.file_kinds import WORDS, MediaType, Problem


def words_of(problem: Problem) -> str:
    return WORDS[problem] % {
        "megabytes": settings.ATTACHMENT_MAX_BYTES // 1_000_000,
        "pages": settings.ATTACHMENT_MAX_PAGES,
        "megapixels": settings.ATTACHMENT_MAX_PIXELS // 1_000_000,
    }


class PaperForm(forms.Form):
    """The signed paper of one consent: what it is needs no asking."""

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

    def __init__(self, *args: Any, sent_bytes: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
    field_order = ("file", "what", "note")

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
