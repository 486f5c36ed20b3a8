"""A run that has a Celery worker and does nothing, for a test to kill: tells the worker's group and waits."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path

import django

from sspf import local
from tests.chaos.crew import Crew, worker
from tests.chaos.place import Place


def hold(folder: Path) -> None:
    """Neither database nor broker is there: the worker has its pool all the same, and looks for them."""
    django.setup()
    place = Place(
        superuser="host=127.0.0.1 port=1 dbname=none",
        passwords=local.ensure().passwords,
        folder=folder,
        smtp_port=1,
        mail_timeout=1.0,
        redis_url="redis://127.0.0.1:1/0",
        epoch=datetime.now().astimezone(),
    )
    crew = Crew(place, {"worker": worker})
    crew.start("worker")
    print(crew.group("worker"), flush=True)
    time.sleep(600)


if __name__ == "__main__":
    hold(Path(sys.argv[1]))
