"""The safety app: citizen pledges and joint interventions. Groups and places, never persons."""

from django.apps import AppConfig


class SafetyConfig(AppConfig):
    """Puts its rows behind the door and its panel on "I dag"."""

    name = "safety"
    label = "safety"

    def ready(self) -> None:
        """Register with the door and the first page."""
        from reminders.calendar import about_nobody, vouch
        from reminders.services import done_from_inbox
        from reminders.today import panel
        from safety import protection
        from safety.services.intervention_task import finish_from_inbox
        from safety.views import panels

        protection.put_behind_the_door()
        panel(panels.approval_panel)
        vouch(kinds=("task_due",), voucher=about_nobody)
        done_from_inbox(kind="task_due", route="intervention_task", finish=finish_from_inbox)
