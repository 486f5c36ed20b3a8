from reminders.services.absence import (
    NotAStandIn,
    NotYours,
    WrongDays,
    end_absence,
    note_absence,
    stand_ins,
)
from reminders.services.deadlines import (
    NoOpenDeadline,
    WrongPlace,
    cancel,
    finish,
    move,
    reassign,
    set_deadline,
)
from reminders.services.inbox import mark_seen

__all__ = [
    "NoOpenDeadline",
    "NotAStandIn",
    "NotYours",
    "WrongDays",
    "WrongPlace",
    "cancel",
    "end_absence",
    "finish",
    "mark_seen",
    "move",
    "note_absence",
    "reassign",
    "set_deadline",
    "stand_ins",
]
