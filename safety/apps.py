"""The safety app: citizen pledges and joint interventions. Groups and places, never persons."""

from django.apps import AppConfig


class SafetyConfig(AppConfig):
    """Puts its rows behind the door."""

    name = "safety"
    label = "safety"

    def ready(self) -> None:
        """Register with the door."""
        from safety import protection

        protection.put_behind_the_door()
