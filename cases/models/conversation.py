"""A conversation (orossamtal): an invitation that may be declined, notes by phase, an agreement, a next date."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models import Membership, PartitionModel
from cases.models.case import Case
from crypto.fields import SealedField


class ConversationState(models.TextChoices):
    """NOT_HELD is no mark on anybody: an invitation may be declined."""

    INVITED = "invited", _("Inbjudan skickad")
    HELD = "held", _("Hållet")
    NOT_HELD = "not_held", _("Blev inget samtal")


class Reply(models.TextChoices):
    NONE = "", _("Inget svar än")
    ACCEPTED = "accepted", _("Tackat ja")
    DECLINED = "declined", _("Tackat nej")
    NO_REPLY = "no_reply", _("Har inte hört av sig")


class InvitedHow(models.TextChoices):
    LETTER = "letter", _("Brev")
    PHONE = "phone", _("Telefon")
    VISIT = "visit", _("Vid ett möte eller besök")
    MESSAGE = "message", _("Meddelande utan innehåll, till exempel sms om att ringa")


class Original(models.TextChoices):
    HERE = "here", _("Här i SSPF")
    ELSEWHERE = "elsewhere", _("I vårt eget verksamhetssystem")


class Conversation(PartitionModel):
    """Owned by the case's agency, sealed under the case's key. Its legal regime is that agency's."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="conversations")
    kind = models.CharField(max_length=30)
    state = models.CharField(
        max_length=10, choices=ConversationState.choices, default=ConversationState.INVITED
    )
    invited_on = models.DateField()
    invited_how = models.CharField(max_length=10, choices=InvitedHow.choices)
    planned_for = models.DateTimeField(null=True)
    reply = models.CharField(max_length=10, choices=Reply.choices, default=Reply.NONE, blank=True)
    replied_on = models.DateField(null=True)
    held_on = models.DateField(null=True)
    place = SealedField(uid="cases.conversation.place")
    attended = SealedField(uid="cases.conversation.attended")
    interpreter = SealedField(uid="cases.conversation.interpreter")
    trigger = SealedField(uid="cases.conversation.trigger")
    preparation = SealedField(uid="cases.conversation.preparation")
    invitation = SealedField(uid="cases.conversation.invitation")
    opening = SealedField(uid="cases.conversation.opening")
    mapping = SealedField(uid="cases.conversation.mapping")
    consequence = SealedField(uid="cases.conversation.consequence")
    agreed_youth = SealedField(uid="cases.conversation.agreed_youth")
    agreed_guardians = SealedField(uid="cases.conversation.agreed_guardians")
    agreed_agency = SealedField(uid="cases.conversation.agreed_agency")
    way_forward = SealedField(uid="cases.conversation.way_forward")
    closing = SealedField(uid="cases.conversation.closing")
    follow_up = SealedField(uid="cases.conversation.follow_up")
    outcome = models.CharField(max_length=40, blank=True)
    next_on = models.DateField(null=True)
    original = models.CharField(max_length=10, choices=Original.choices, default=Original.HERE)
    original_number = SealedField(uid="cases.conversation.original_number")
    author = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    saved_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="held")
                | (
                    models.Q(held_on__isnull=False, finished_at__isnull=False)
                    & ~models.Q(outcome="")
                ),
                name="held_conversation_has_day_and_outcome",
            ),
        ]


class ConversationAddition(PartitionModel):
    """What is added once the notes are finished: they are annotated, never overwritten (SoL 14:6)."""

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="additions")
    text = SealedField(uid="cases.conversation_addition.text")
    author = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["written_at", "id"]


class ConversationDraft(PartitionModel):
    """What one colleague has typed and not saved yet, sealed under a key of its own that dies with the draft."""

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="drafts")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    payload = SealedField(uid="cases.conversation_draft.payload")
    base_version = models.PositiveIntegerField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "agency", "conversation", "membership"],
                name="one_conversation_draft_each",
            )
        ]
