from reminders.models.absence import Absence
from reminders.models.calendar_feed import CalendarFeed
from reminders.models.choice import Choice, Way
from reminders.models.deadline import Deadline, MoveReason
from reminders.models.letter import Letter
from reminders.models.notice import Notice
from reminders.models.operations import Check, Clock, Finding, Heartbeat
from reminders.models.reminder import Attempt, Outcome, Reminder

__all__ = [
    "Absence",
    "Attempt",
    "CalendarFeed",
    "Check",
    "Choice",
    "Clock",
    "Deadline",
    "Finding",
    "Heartbeat",
    "Letter",
    "MoveReason",
    "Notice",
    "Outcome",
    "Reminder",
    "Way",
]
