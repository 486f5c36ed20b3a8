"""The reminders app: deadlines, reminders, delivery, inbox. Knows its subjects only by opaque id."""

from django.apps import AppConfig


class RemindersConfig(AppConfig):
    """Puts its rows behind the door and tells the frame what waits."""

    name = "reminders"
    label = "reminders"

    def ready(self) -> None:
        """Register with the door and the frame."""
        from access.context import count_waiting
        from reminders.accounts import due_panel, proposals_panel
        from reminders.away import away_panel
        from reminders.calendar import about_nobody, vouch
        from reminders.late import late_panel
        from reminders.log_review import follow_log_review
        from reminders.operations import operations_panel
        from reminders.protection import protect_models
        from reminders.today import panel
        from reminders.waiting import open_notices

        protect_models()
        count_waiting(open_notices)
        follow_log_review()
        panel(late_panel)
        panel(away_panel)
        panel(proposals_panel)
        panel(due_panel)
        panel(operations_panel)
        vouch(kinds=("log_review_due",), voucher=about_nobody)
