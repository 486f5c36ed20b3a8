"""`python -m bench.peer_site prepare`, once, as a superuser; then without a word, as the web role, one order a line."""

import importlib
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import django

from bench.peer_site.settings import PEER

django.setup()

from django.core.management import call_command  # noqa: E402  Django has to be set up first
from django.db import connection, transaction  # noqa: E402

from bench.changes import Place, change, change_in_bulk  # noqa: E402

arm = importlib.import_module(f"bench.peer_site.{PEER}_arm.arm")
models = importlib.import_module(f"bench.peer_site.{PEER}_arm.models")


def prepare() -> None:
    """Make the peer's tables in the copy of the product's database, and let the web role use them."""
    with connection.schema_editor() as editor:
        for model in arm.TABLES:
            editor.create_model(model)
    call_command("migrate", PEER, verbosity=0)
    arm.install()
    with connection.cursor() as cursor:
        for kind in ("TABLES", "SEQUENCES"):
            cursor.execute(f"GRANT ALL ON ALL {kind} IN SCHEMA public TO sspf_web")


def serve(place: Place) -> None:
    """Each line is an order of the arm and a number; the answer is the seconds it took, and the entries it left."""

    @contextmanager
    def request() -> Iterator[None]:
        with transaction.atomic(), connection.cursor() as cursor:
            # As access.request_transaction does it.
            cursor.execute(
                "SELECT set_config('sspf.municipality', %s, true),"
                " set_config('sspf.agency', %s, true), set_config('sspf.membership', %s, true)",
                [str(place.municipality_id), str(place.agency_id), str(place.membership_id)],
            )
            with arm.acting(place.user_id):
                yield

    acts = getattr(arm, "ACTS", {"changes": change, "bulk": change_in_bulk})
    for line in sys.stdin:
        order, number = line.split()
        before, started = arm.entries(), time.perf_counter()
        acts[order](models.SUBJECT, place, int(number), transaction=request)
        took = time.perf_counter() - started
        print(json.dumps({"seconds": took, "entries": arm.entries() - before}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare()
    else:
        serve(Place(**{name: UUID(text) for name, text in json.loads(sys.argv[1]).items()}))
