"""A proposal to share (sammanfattning): what one writes for another agency, on a legal basis, and who else decides."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel
from cases.models.case import Case
from cases.models.consent import Consent
from crypto.fields import SealedField

FIRST_RULES = date(2009, 6, 30)


class SummaryState(models.TextChoices):
    DRAFT = "draft", _("Väntar på godkännande")
    RETURNED = "returned", _("Tillbaka för ändring")
    RELEASED = "released", _("Utlämnad")


class Channel(models.TextChoices):
    """How it is told. By mouth or by letter, nothing is written into the receiver's partition."""

    IN_SYSTEM = "in_system", _("Skriftligt här i systemet")
    ORAL = "oral", _("Muntligt, till den du nämner")
    LETTER = "letter", _("Brev med förbehåll")


class Told(models.TextChoices):
    """Whether the person is told that this goes to somebody else: a reasoned choice."""

    TOLD = "told", _("Ja, personen vet om det")
    LATER = "later", _("Nej, men vi berättar senare")
    NOT_TOLD = "not_told", _("Nej")


class Summary(PartitionModel):
    """`case` is null where the agency has no case of its own; it then belongs to the author's unit.

    version counts savings; basis_version is the first day of the row of the law it rests on.
    """

    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="summaries")
    consent = models.ForeignKey(Consent, models.PROTECT, null=True, related_name="summaries")
    unit_id = models.UUIDField(null=True)
    number = models.CharField(max_length=20, default="")
    to_agency = models.UUIDField()
    to_agency_name = models.CharField(max_length=120)
    to_unit = models.UUIDField()
    to_unit_name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, default="social")
    full_name = models.BooleanField(default=False)
    basis = models.CharField(max_length=30, default="SAMTYCKE")
    basis_version = models.DateField(default=FIRST_RULES)
    approver = models.CharField(max_length=20, default="colleague")
    channel = models.CharField(max_length=20, choices=Channel.choices, default=Channel.IN_SYSTEM)
    standing = models.BooleanField(default=False)
    about = SealedField(uid="cases.summary.about")
    body = SealedField(uid="cases.summary.body")
    born = SealedField(uid="cases.summary.born", null=True)
    answers = SealedField(uid="cases.summary.answers", null=True)
    told = models.CharField(max_length=20, choices=Told.choices, default=Told.TOLD)
    told_why = SealedField(uid="cases.summary.told_why", null=True)
    happened_on = models.DateField(null=True)
    until = models.DateField()
    state = models.CharField(
        max_length=20, choices=SummaryState.choices, default=SummaryState.DRAFT
    )
    author = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-written_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("author")),
                name="summary_approver_is_not_author",
            ),
            models.CheckConstraint(
                condition=models.Q(case__isnull=False) | models.Q(unit_id__isnull=False),
                name="summary_has_a_home",
            ),
        ]

    @property
    def label(self) -> str:
        """The case's number, or the proposal's own: it names nobody."""
        return self.case.number if self.case else self.number


class SummaryReader(PartitionModel):
    """A named person of the receiving unit. Their membership is in another partition: a plain id."""

    summary = models.ForeignKey(Summary, models.PROTECT, related_name="readers")
    reader_membership = models.UUIDField()
    reader_name = models.CharField(max_length=120)
