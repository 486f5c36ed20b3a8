"""The project as a Django app: it brings Celery up wherever Django comes up."""

from django.apps import AppConfig


class SspfConfig(AppConfig):
    """Composes, decides nothing."""

    name = "sspf"

    def ready(self) -> None:
        """Import the Celery application, so that tasks sent from the web reach it."""
        import sspf.celery  # noqa: F401
