from safety.models.activity import Activity, ActivityStatus, FollowUp
from safety.models.intervention import (
    OPEN_TASK,
    Intervention,
    InterventionState,
    InterventionTask,
    Level,
    TaskStatus,
)
from safety.models.pledge import (
    PARTY_OF_ROLE,
    Approval,
    FocusArea,
    Party,
    Pledge,
    PledgeState,
    Promise,
    Promiser,
    Publication,
    UnplacedLine,
)

__all__ = [
    "OPEN_TASK",
    "PARTY_OF_ROLE",
    "Activity",
    "ActivityStatus",
    "Approval",
    "FocusArea",
    "FollowUp",
    "Intervention",
    "InterventionState",
    "InterventionTask",
    "Level",
    "Party",
    "Pledge",
    "PledgeState",
    "Promise",
    "Promiser",
    "Publication",
    "TaskStatus",
    "UnplacedLine",
]
