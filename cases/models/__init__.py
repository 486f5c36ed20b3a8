from cases.models.appointment import Appointment
from cases.models.attachment import Attachment, AttachmentChunk, AttachmentKind, RemovedBecause
from cases.models.break_glass import BreakGlass
from cases.models.case import Assignment, Case, Stage
from cases.models.concern import Concern, ConcernDraft, ConcernReceipt, ConcernState, ReportMade
from cases.models.consent import Consent, ConsentEvent, ConsentScope
from cases.models.conversation import (
    Conversation,
    ConversationAddition,
    ConversationDraft,
    ConversationState,
    InvitedHow,
    Original,
    Reply,
)
from cases.models.disclosure import Disclosure, DisclosureEnd, Release, ReleaseEnd, ReleaseReader
from cases.models.follow_up import FollowUp, FollowUpState
from cases.models.person import IdentifierKind, MatchTask, Person, PersonIdentifier, Protection
from cases.models.summary import Summary, SummaryReader, SummaryState

__all__ = [
    "Appointment",
    "Assignment",
    "Attachment",
    "AttachmentChunk",
    "AttachmentKind",
    "BreakGlass",
    "Case",
    "Concern",
    "ConcernDraft",
    "ConcernReceipt",
    "ConcernState",
    "Consent",
    "ConsentEvent",
    "ConsentScope",
    "Conversation",
    "ConversationAddition",
    "ConversationDraft",
    "ConversationState",
    "Disclosure",
    "DisclosureEnd",
    "FollowUp",
    "FollowUpState",
    "IdentifierKind",
    "InvitedHow",
    "MatchTask",
    "Original",
    "Person",
    "PersonIdentifier",
    "Protection",
    "Release",
    "ReleaseEnd",
    "ReleaseReader",
    "RemovedBecause",
    "Reply",
    "ReportMade",
    "Stage",
    "Summary",
    "SummaryReader",
    "SummaryState",
]
