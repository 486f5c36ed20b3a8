"""What one agency knows of somebody. There is no shared person row: a joint register is what the law forbids."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import PartitionModel
from crypto.fields import SealedField


class Protection(models.TextChoices):
    """Protected personal data, Skatteverket's three levels (folkbokföringslagen 16–17 b §§; OSL 22:1)."""

    NONE = "none", _("Ingen")
    MARKED = "marked", _("Sekretessmarkering")
    PROTECTED = "protected", _("Skyddad folkbokföring")
    NEW_IDENTITY = "new_identity", _("Fingerade personuppgifter")


class Person(PartitionModel):
    name = SealedField(uid="cases.person.name")
    birth_date = SealedField(uid="cases.person.birth_date")
    protection = models.CharField(
        max_length=20, choices=Protection.choices, default=Protection.NONE
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_from"
    )
    created_at = models.DateTimeField()


class IdentifierKind(models.TextChoices):
    PERSONNUMMER = "personnummer", _("Personnummer")
    SAMORDNINGSNUMMER = "samordningsnummer", _("Samordningsnummer")


class PersonIdentifier(PartitionModel):
    """A number somebody has or had. `index` is keyed per agency: equal numbers elsewhere look unlike.

    index is NULL where a hit was hidden from the one who registered it (see MatchTask), and where the number
    turned out to be wrong: then it ends when it began.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="identifiers")
    kind = models.CharField(max_length=20, choices=IdentifierKind.choices)
    value = SealedField(uid="cases.person_identifier.value", index="index")
    index = models.BinaryField(null=True, max_length=32)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    @property
    def was_wrong(self) -> bool:
        return self.ends_at == self.starts_at

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "index"], name="identifier_once_per_agency"
            )
        ]


class MatchTask(PartitionModel):
    """Two persons here may be the same: a task for those who may see both, invisible to everybody else."""

    newer = models.ForeignKey(Person, models.PROTECT, related_name="+")
    known = models.ForeignKey(Person, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    same = models.BooleanField(null=True)
