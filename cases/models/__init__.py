from cases.models.case import Assignment, Case, Stage
from cases.models.concern import Concern, ConcernDraft, ConcernReceipt, ConcernState, ReportMade
from cases.models.consent import Consent, ConsentEvent, ConsentScope
from cases.models.disclosure import Disclosure, DisclosureEnd, Release, ReleaseEnd, ReleaseReader
from cases.models.person import IdentifierKind, MatchTask, Person, PersonIdentifier, Protection
from cases.models.summary import Summary, SummaryReader, SummaryState

__all__ = [
    "Assignment",
    "Case",
    "Concern",
    "ConcernDraft",
    "ConcernReceipt",
    "ConcernState",
    "Consent",
    "ConsentEvent",
    "ConsentScope",
    "Disclosure",
    "DisclosureEnd",
    "IdentifierKind",
    "MatchTask",
    "Person",
    "PersonIdentifier",
    "Protection",
    "Release",
    "ReleaseEnd",
    "ReleaseReader",
    "ReportMade",
    "Stage",
    "Summary",
    "SummaryReader",
    "SummaryState",
]
