"""`make crawl`: the canary crawl as every role, and its totals."""

import json
import os
import subprocess
import sys
from collections import Counter

from sspf import local
from tests.crawl.told import TOLD

FILES = ["tests/crawl"]


def main() -> int:
    """Run the crawl's tests; print what was asked, sought and shown."""
    for path in TOLD.glob("*.json"):
        path.unlink()
    processes = min(os.cpu_count() or 1, 4)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", str(processes), "--dist", "loadfile", *FILES],
        cwd=local.ROOT,
        check=False,
    )
    totals: Counter[str] = Counter()
    routes, methods, roles = set(), set(), 0
    for path in sorted(TOLD.glob("*.json")):
        told = json.loads(path.read_text(encoding="ascii"))
        routes |= set(told.pop("routes"))
        methods |= set(told.pop("methods"))
        totals.update(told)
        roles += 1
    print(f"\n{len(routes)} routes × {roles} roles × {len(methods)} methods")
    for name, count in totals.items():
        print(f"{name:28}{count:>10,.0f}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
