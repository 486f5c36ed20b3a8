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
    "WrongPlace",
    "cancel",
    "finish",
    "mark_seen",
    "move",
    "reassign",
    "set_deadline",
]
