"""What crossed: a register row on the sender's side, a copy as shared on the receiver's. Both append-only."""

from __future__ import annotations

from django.db import models

from access.models import Membership, PartitionModel
from cases.models.case import Case
from cases.models.consent import Consent
from cases.models.summary import FIRST_RULES, Channel, Summary, Told
from crypto.fields import SealedField


class Disclosure(PartitionModel):
    """The register (utlämnande): what, to whom, on which basis, decided by whom, when, until when, and the text as shared.

    `release_id` is null for what was told by mouth or by letter. `happened_on` is a day before it was written here.
    """

    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="disclosures")
    unit_id = models.UUIDField(null=True)
    summary = models.ForeignKey(Summary, models.PROTECT, null=True, related_name="disclosures")
    consent = models.ForeignKey(Consent, models.PROTECT, null=True, related_name="disclosures")
    what = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, default="social")
    to_agency = models.UUIDField()
    to_agency_name = models.CharField(max_length=120)
    to_unit_name = models.CharField(max_length=120)
    to_names = models.CharField(max_length=500)
    basis = models.CharField(max_length=30)
    basis_version = models.DateField()
    channel = models.CharField(max_length=20, choices=Channel.choices, default=Channel.IN_SYSTEM)
    told = models.CharField(max_length=20, choices=Told.choices, default=Told.TOLD)
    about = SealedField(uid="cases.disclosure.about", null=True)
    body = SealedField(uid="cases.disclosure.body", null=True)
    decided_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    happened_on = models.DateField(null=True)
    until = models.DateField()
    release_id = models.UUIDField(null=True)

    class Meta:
        ordering = ["-decided_at", "id"]


class DisclosureEnd(PartitionModel):
    disclosure = models.OneToOneField(Disclosure, models.PROTECT, related_name="end")
    ended_at = models.DateTimeField()
    reason = models.CharField(max_length=40)


class Release(PartitionModel):
    """A copy as shared, in the receiver's partition, sealed under the receiver's key. One kind of information each.

    full_name: `about` says more than a first name and a year of birth.
    """

    about = SealedField(uid="cases.release.about")
    body = SealedField(uid="cases.release.body")
    from_agency_name = models.CharField(max_length=120)
    released_by_name = models.CharField(max_length=120)
    contact = models.CharField(max_length=200)
    basis = models.CharField(max_length=30)
    basis_version = models.DateField(default=FIRST_RULES)
    kind = models.CharField(max_length=20, default="social")
    full_name = models.BooleanField(default=False)
    to_unit_id = models.UUIDField(null=True)
    to_unit_name = models.CharField(max_length=120, default="")
    standing = models.BooleanField(default=False)
    released_at = models.DateTimeField()
    until = models.DateField()
    number = models.CharField(max_length=20)

    class Meta:
        ordering = ["-released_at", "id"]


class ReleaseReader(PartitionModel):
    release = models.ForeignKey(Release, models.PROTECT, related_name="readers")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")


class ReleaseEnd(PartitionModel):
    """The sender appends it into the receiver's partition; from the next request the release is gone."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="ends")
    ended_at = models.DateTimeField()
