"""Attachment (bilaga): a file kept in a case, sealed in chunks under a key of its own."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel
from cases.models.case import Case
from cases.models.consent import Consent
from crypto.fields import SealedField, SealedKeyField


class AttachmentKind(models.TextChoices):
    CONSENT = "consent", _("Underskrivet samtycke")
    LETTER = "letter", _("Brev eller inbjudan")
    PICTURE = "picture", _("Bild")
    OTHER = "other", _("Något annat")


class RemovedBecause(models.TextChoices):
    WRONG_CASE = "wrong_case", _("Den hör till ett annat ärende")
    WRONG_FILE = "wrong_file", _("Det är fel fil, eller en sämre kopia")
    NOT_NEEDED = "not_needed", _("Den behövs inte längre")
    ASKED = "asked_for", _("Den som uppgifterna gäller har begärt det")


class Attachment(PartitionModel):
    """Removed, it stays as a row without name, note and key: that it was here, and who took it away."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="attachments")
    consent = models.ForeignKey(Consent, models.PROTECT, null=True, related_name="papers")
    kind = models.CharField(max_length=10, choices=AttachmentKind.choices)
    name = SealedField(uid="cases.attachment.name", null=True)
    note = SealedField(uid="cases.attachment.note", null=True)
    file_key = SealedKeyField(uid="cases.attachment.file_key", null=True)
    media_type = models.CharField(max_length=20)
    size = models.PositiveIntegerField()
    pages = models.PositiveIntegerField(null=True)
    uploaded_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    removed_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True)
    removed_because = models.CharField(max_length=10, choices=RemovedBecause.choices, blank=True)

    class Meta:
        ordering = ["-uploaded_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    removed_at__isnull=True,
                    removed_by__isnull=True,
                    removed_because="",
                    name__isnull=False,
                    note__isnull=False,
                    file_key__isnull=False,
                )
                | models.Q(
                    ~models.Q(removed_because=""),
                    removed_at__isnull=False,
                    removed_by__isnull=False,
                    name__isnull=True,
                    note__isnull=True,
                    file_key__isnull=True,
                ),
                name="attachment_is_whole_or_removed",
            )
        ]


class AttachmentChunk(PartitionModel):
    """A part of the sealed file; opened only in order, all of them, by the door."""

    attachment = models.ForeignKey(Attachment, models.PROTECT, related_name="chunks")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "attachment", "number"],
                name="attachment_chunk_once",
            )
        ]
