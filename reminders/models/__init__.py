from reminders.models.absence import Absence
from reminders.models.deadline import Deadline, MoveReason
from reminders.models.notice import Notice
from reminders.models.operations import Check, Clock, Finding, Heartbeat
from reminders.models.reminder import Attempt, Outcome, Reminder

__all__ = [
    "Absence",
    "Attempt",
    "Check",
    "Clock",
    "Deadline",
    "Finding",
    "Heartbeat",
    "MoveReason",
    "Notice",
    "Outcome",
    "Reminder",
]
