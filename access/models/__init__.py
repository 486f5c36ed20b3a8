from access.models.accounts import Attestation, MembershipProposal, ProposalState
from access.models.directory import Agency, AgencyKind, Municipality, SecrecyRegime, Unit
from access.models.held_form import HeldForm
from access.models.log_review import LogReview, LogReviewItem, Verdict
from access.models.membership import Membership, Role
from access.models.partition import PartitionModel
from access.models.signed_table import SignedTable
from access.models.user import User

__all__ = [
    "Agency",
    "AgencyKind",
    "Attestation",
    "HeldForm",
    "LogReview",
    "LogReviewItem",
    "Membership",
    "MembershipProposal",
    "Municipality",
    "PartitionModel",
    "ProposalState",
    "Role",
    "SecrecyRegime",
    "SignedTable",
    "Unit",
    "User",
    "Verdict",
]
