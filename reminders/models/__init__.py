from reminders.models.deadline import Deadline, MoveReason
from reminders.models.notice import Notice
from reminders.models.reminder import Attempt, Outcome, Reminder

__all__ = ["Attempt", "Deadline", "MoveReason", "Notice", "Outcome", "Reminder"]
