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
    "HeldForm",
    "LogReview",
    "LogReviewItem",
    "Membership",
    "Municipality",
    "PartitionModel",
    "Role",
    "SecrecyRegime",
    "SignedTable",
    "Unit",
    "User",
    "Verdict",
]
