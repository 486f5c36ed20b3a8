"""Running one role's crawl, and keeping its totals for `make crawl`."""

from __future__ import annotations

import json
import time

from tests.crawl.crawler import World
from tests.crawl.told import TOLD
from tests.crawl.visits import Visit

MOST_FAULTS = 40


def crawled(world: World, role: str) -> list[str]:
    """The faults found as that role, at most so many that they can be read."""
    started = time.monotonic()
    visit = Visit(world, role)
    visit.run()
    counts = visit.totals.counts
    TOLD.mkdir(exist_ok=True)
    told = {
        **counts,
        "routes": sorted(visit.totals.routes),
        "methods": sorted(visit.totals.methods),
        "seconds": round(time.monotonic() - started, 1),
        "faults": len(visit.faults),
    }
    (TOLD / f"{role}.json").write_text(json.dumps(told), encoding="ascii")
    return sorted(set(visit.faults))[:MOST_FAULTS]
