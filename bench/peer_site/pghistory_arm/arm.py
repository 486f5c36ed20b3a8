"""What the peer needs in the database, and how it is told who acts."""

from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

import pghistory
import pgtrigger

from bench.peer_site.pghistory_arm.models import Assignment

EVENT: Any = Assignment.pgh_event_model  # type: ignore[attr-defined]  # the decorator made it
TABLES = (EVENT,)


def install() -> None:
    pgtrigger.install()


def acting(user_id: UUID) -> AbstractContextManager[Any]:
    """As its middleware does for each request."""
    told: AbstractContextManager[Any] = pghistory.context(user=str(user_id), url="/arenden/")
    return told


def entries() -> int:
    return int(EVENT.objects.count())
