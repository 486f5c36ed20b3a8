from cases.models.appointment import Appointment
from cases.models.attachment import Attachment, AttachmentChunk, AttachmentKind, RemovedBecause
from cases.models.break_glass import BreakGlass
from cases.models.case import Assignment, Case, Stage
from cases.models.commitment import Commitment, CommitmentState, PromisedBy
from cases.models.concern import Concern, ConcernDraft, ConcernReceipt, ConcernState, ReportMade
from cases.models.conflict import Conflict, ConflictKind
from cases.models.consent import Consent, ConsentEvent, ConsentScope, ConsentSigner
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
from cases.models.feedback import FeedbackAnswer, FeedbackRequest
from cases.models.follow_up import FollowUp, FollowUpState
from cases.models.guardian import Guardian, GuardianCorrection
from cases.models.meeting import Invitee, Meeting, MeetingCall, MeetingCallEnd, MeetingState
from cases.models.named_access import NamedAccess, ProtectionChange, ProtectionState
from cases.models.person import IdentifierKind, MatchTask, Person, PersonIdentifier, Protection
from cases.models.police_request import (
    PoliceRequest,
    RequestAnswer,
    RequestDeputy,
    RequestReceipt,
    RequestState,
)
from cases.models.received_report import ReceivedReport, ReportState
from cases.models.receiver_conflict import ReceiverConflict
from cases.models.sibling import Sibling
from cases.models.standing import StandingDecision
from cases.models.summary import Channel, Summary, SummaryReader, SummaryState, Told

__all__ = [
    "Appointment",
    "Assignment",
    "Attachment",
    "AttachmentChunk",
    "AttachmentKind",
    "BreakGlass",
    "Case",
    "Channel",
    "Commitment",
    "CommitmentState",
    "Concern",
    "ConcernDraft",
    "ConcernReceipt",
    "ConcernState",
    "Conflict",
    "ConflictKind",
    "Consent",
    "ConsentEvent",
    "ConsentScope",
    "ConsentSigner",
    "Conversation",
    "ConversationAddition",
    "ConversationDraft",
    "ConversationState",
    "Disclosure",
    "DisclosureEnd",
    "FeedbackAnswer",
    "FeedbackRequest",
    "FollowUp",
    "FollowUpState",
    "Guardian",
    "GuardianCorrection",
    "IdentifierKind",
    "InvitedHow",
    "Invitee",
    "MatchTask",
    "Meeting",
    "MeetingCall",
    "MeetingCallEnd",
    "MeetingState",
    "NamedAccess",
    "Original",
    "Person",
    "PersonIdentifier",
    "PoliceRequest",
    "PromisedBy",
    "Protection",
    "ProtectionChange",
    "ProtectionState",
    "ReceivedReport",
    "ReceiverConflict",
    "Release",
    "ReleaseEnd",
    "ReleaseReader",
    "RemovedBecause",
    "Reply",
    "ReportMade",
    "ReportState",
    "RequestAnswer",
    "RequestDeputy",
    "RequestReceipt",
    "RequestState",
    "Sibling",
    "Stage",
    "StandingDecision",
    "Summary",
    "SummaryReader",
    "SummaryState",
    "Told",
]
