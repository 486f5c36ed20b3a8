"""Consent (samtycke): a waiver of secrecy by the one it protects (OSL 12:2), tick by tick, for a time."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from access.models import PartitionModel
from cases.models.case import Case
from cases.models.guardian import Guardian
from crypto.fields import SealedField


class ConsentQuery(models.QuerySet["Consent"]):
    def in_force(self, on: date) -> ConsentQuery:
        """Given, in its time on that day, not ended, and with at least one tick left."""
        events = ConsentEvent.objects.filter(
            consent=OuterRef("pk"), scope__isnull=True, signer__isnull=True
        )
        live = ConsentScope.objects.live().filter(consent=OuterRef("pk"))
        return self.filter(
            Exists(events.filter(kind=ConsentEvent.Kind.GIVEN)),
            ~Exists(events.filter(kind__in=ENDING)),
            Exists(live),
            valid_from__lte=on,
            valid_to__gte=on,
        )


class Consent(PartitionModel):
    """What the paper says. It never changes; ConsentEvent says what became of it.

    signed_by: in words, who is to sign. valid_to: never past the day before the 18th birthday where guardians signed, so
    that it ends by itself while the birth date stays sealed. form_id: of the page it was sent from, so that sending twice
    makes one. signed_on: of consents from before there were signers.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="consents")
    signed_by = SealedField(uid="cases.consent.signed_by")
    not_shared = SealedField(uid="cases.consent.not_shared")
    contact = SealedField(uid="cases.consent.contact", null=True)
    interpreter = SealedField(uid="cases.consent.interpreter", null=True)
    language = models.CharField(max_length=10, default="sv")
    signed_on = models.DateField(null=True)
    valid_from = models.DateField()
    valid_to = models.DateField()
    # Empty since each answer carries its own (`ConsentEvent.channel`); what was ever watched is never dropped.
    received_how = models.CharField(max_length=20, default="", editable=False)
    rests_on_guardians = models.BooleanField(default=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaced_by")
    form_id = models.UUIDField(null=True)

    objects: ClassVar[models.Manager[Consent]] = ConsentQuery.as_manager()

    class Meta:
        ordering = ["-valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__gte=models.F("valid_from")), name="consent_ends_after"
            ),
            models.UniqueConstraint(
                fields=["municipality", "agency", "form_id"], name="consent_once_per_form"
            ),
        ]


class ScopeQuery(models.QuerySet["ConsentScope"]):
    def live(self) -> ScopeQuery:
        """The ticks that have not been withdrawn; whether the consent holds is another question."""
        withdrawn = ConsentEvent.objects.filter(
            scope=OuterRef("pk"), kind=ConsentEvent.Kind.WITHDRAWN
        )
        return self.filter(~Exists(withdrawn))


class ConsentScope(PartitionModel):
    """One tick: one kind of information (law/information_kind.toml) at one unit, which may tell of it, be told, or both.

    `covers_agency` and `covers_unit` name another partition: plain ids, no foreign keys. Without a unit it is the whole
    agency, without a kind what was on the paper before kinds were ticked one by one.
    """

    consent = models.ForeignKey(Consent, models.PROTECT, related_name="scopes")
    covers_agency = models.UUIDField()
    covers_name = models.CharField(max_length=120)
    covers_unit = models.UUIDField(null=True)
    covers_unit_name = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=20, blank=True)
    may_share = models.BooleanField(default=True)
    may_receive = models.BooleanField(default=True)

    objects: ClassVar[models.Manager[ConsentScope]] = ScopeQuery.as_manager()

    class Meta:
        ordering = ["covers_name", "covers_unit_name", "kind", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "municipality",
                    "agency",
                    "consent",
                    "covers_agency",
                    "covers_unit",
                    "kind",
                ],
                nulls_distinct=False,
                name="scope_once",
            )
        ]

    @property
    def unit_name(self) -> str:
        return self.covers_unit_name or self.covers_name


class ConsentSigner(PartitionModel):
    """Somebody the paper names: a guardian, or the young person (`guardian` is null). ConsentEvent holds the answer."""

    consent = models.ForeignKey(Consent, models.PROTECT, related_name="signers")
    guardian = models.ForeignKey(Guardian, models.PROTECT, null=True, related_name="signs")
    must_sign = models.BooleanField()

    class Meta:
        ordering = ["guardian", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "consent", "guardian"],
                nulls_distinct=False,
                name="signer_once",
            )
        ]


class ConsentEvent(PartitionModel):
    """Append-only. `scope` and `signer` are null when the event concerns the whole consent.

    note: what was said or why. read_by: who read aloud or interpreted. day: the one on the paper, where it is another than
    `at`. document: the signed paper. recorded_by: a membership, or null where the system did it by itself.
    """

    class Kind(models.TextChoices):
        DRAFTED = "drafted", _("Utkast")
        AWAITED = "awaited", _("Lämnat för underskrift")
        SIGNED = "signed", _("En har skrivit under")
        REFUSED = "refused", _("En har sagt nej")
        UNREACHABLE = "unreachable", _("En går inte att nå")
        HEARD = "heard", _("Den unge har fått säga sin mening")
        DISSENTED = "dissented", _("Den unge vill inte")
        JUSTIFIED = "justified", _("Skälen att gå vidare är antecknade")
        EXCEPTION_ASKED = "exception_asked", _("Undantag begärt")
        EXCEPTION_GRANTED = "exception_granted", _("Undantag godkänt")
        EXCEPTION_DENIED = "exception_denied", _("Undantag nekat")
        GIVEN = "given", _("Lämnat")
        WITHDRAWN = "withdrawn", _("Återkallat")
        REPLACED = "replaced", _("Ersatt")
        EXPIRED = "expired", _("Utgått")
        DECLINED = "declined", _("Avböjt")
        PAPER = "paper", _("Underskrivet papper inlagt")
        CUSTODY = "custody", _("Uppgift om vårdnaden rättad")
        LACKED = "lacked", _("En vårdnadshavares underskrift saknades")

    consent = models.ForeignKey(Consent, models.PROTECT, related_name="events")
    scope = models.ForeignKey(ConsentScope, models.PROTECT, null=True, related_name="events")
    signer = models.ForeignKey(ConsentSigner, models.PROTECT, null=True, related_name="events")
    document = models.ForeignKey("cases.Attachment", models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    basis = models.CharField(max_length=30, blank=True)
    note = SealedField(uid="cases.consent_event.note", null=True)
    read_by = SealedField(uid="cases.consent_event.read_by", null=True)
    at = models.DateTimeField()
    day = models.DateField(null=True)
    channel = models.CharField(max_length=20)
    recorded_by = models.UUIDField(null=True)

    class Meta:
        ordering = ["at", "id"]


# Events of the whole consent after which it grants nothing.
ENDING = (
    ConsentEvent.Kind.WITHDRAWN,
    ConsentEvent.Kind.REPLACED,
    ConsentEvent.Kind.EXPIRED,
    ConsentEvent.Kind.DECLINED,
    ConsentEvent.Kind.LACKED,
)
# What one signer has answered: for those who work on the case, and nobody else.
ANSWERS = (
    ConsentEvent.Kind.SIGNED,
    ConsentEvent.Kind.REFUSED,
    ConsentEvent.Kind.UNREACHABLE,
    ConsentEvent.Kind.HEARD,
    ConsentEvent.Kind.DISSENTED,
)
