"""Running one role's crawl, and keeping its totals for `make crawl`."""

from __future__ import annotations

import gc
import json
import time

import pytest

from access.models import Role
from tests.crawl.sought import World
from tests.crawl.told import TOLD
from tests.crawl.visits import Visit

MOST_FAULTS = 40
# Roles by file, so that no process waits for another.
WITH_CASES = frozenset({Role.COORDINATOR, Role.SOCIAL_WORKER, Role.MANAGER})
SCHOOLS = frozenset({Role.TEACHER, Role.PRINCIPAL, Role.SCHOOL_COUNSELLOR, Role.SCHOOL_NURSE})


def no_fault_as(role: str, world: World) -> None:
    """Fails with the faults found as that role, at most so many that they can be read."""
    started, worked = time.monotonic(), time.process_time()
    visit = Visit(world, role)
    # The world stays: it is not searched for rubbish after every few pages.
    gc.freeze()
    try:
        visit.run()
    finally:
        gc.unfreeze()
    totals = visit.totals
    TOLD.mkdir(exist_ok=True)
    told = {
        "counts": {
            **totals.counts,
            "URLs × roles": len(totals.urls),
            "faults": len(visit.faults),
        },
        "sought": {
            "markers": len(set(world.cells.values())),
            "numbers": len(world.numbers),
            "ids": len(world.ids),
        },
        "routes": sorted(totals.routes),
        "methods": sorted(totals.methods),
        "took": totals.took,
        "seconds": round(time.monotonic() - started, 1),
        "worked": round(time.process_time() - worked, 1),
    }
    (TOLD / f"{role}.json").write_text(json.dumps(told), encoding="ascii")
    if visit.faults:
        pytest.fail("\n".join(sorted(set(visit.faults))[:MOST_FAULTS]), pytrace=False)
