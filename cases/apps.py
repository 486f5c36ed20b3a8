from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Puts its rows behind the door, its panels on "I dag" and its counts where they may be asked for."""

    name = "cases"
    label = "cases"

    def ready(self) -> None:
        from cases import figures, protection
        from cases.views import panels
        from reminders.today import panel

        protection.put_behind_the_door()
        for maker in (panels.tell_panel, panels.intake_panel, panels.released_panel):
            panel(maker)
        figures.offer()
