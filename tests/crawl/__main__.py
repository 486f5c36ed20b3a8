"""`make crawl`: the canary crawl as every role, then every cell of the policy and every mutation of it; and their totals."""

import json
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from typing import Any

from sspf import local
from tests.crawl.told import TOLD

FILES = ["tests/crawl"]
CELLS = "tests/access/test_policy_cells.py"
TOTALS = ("cells:", "mutations:")
SLOWEST = 5


def main() -> int:
    """Run the crawl's tests; print what was asked, sought and shown."""
    started = time.monotonic()
    for path in TOLD.glob("*.json"):
        path.unlink()
    processes = min(os.cpu_count() or 1, 4)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", str(processes), "--dist", "loadfile", *FILES],
        cwd=local.ROOT,
        check=False,
    )
    _tell(
        [json.loads(path.read_text(encoding="ascii")) for path in sorted(TOLD.glob("*.json"))],
        time.monotonic() - started,
    )
    return done.returncode or _enumerate()


def _enumerate() -> int:
    """The policy's cells and mutations, by their tests; all that these said where one failed."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", CELLS],
        cwd=local.ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    lines = done.stdout.splitlines()
    print("\n".join(lines if done.returncode else [x for x in lines if x.startswith(TOTALS)]))
    return done.returncode


def _tell(roles: list[dict[str, Any]], seconds: float) -> None:
    counts: Counter[str] = Counter()
    took: dict[str, float] = defaultdict(float)
    for role in roles:
        counts.update(role["counts"])
        for route, spent in role["took"].items():
            took[route] += spent
    routes = {route for role in roles for route in role["routes"]}
    methods = {method for role in roles for method in role["methods"]}
    print(f"\n{len(routes)} routes × {len(roles)} roles × {len(methods)} methods")
    sought: dict[str, int] = roles[0]["sought"] if roles else {}
    print("sought in every answer: " + ", ".join(f"{n:,} {what}" for what, n in sought.items()))
    for name, count in counts.items():
        print(f"{name:28}{count:>10,.0f}")
    asked = sum(role["seconds"] for role in roles)
    worked = sum(role["worked"] for role in roles)
    print(f"{'seconds, all roles together':28}{asked:>10,.0f}")
    print(f"{'  of a processor, in Python':28}{worked:>10,.0f}")
    print(f"{'seconds in all':28}{seconds:>10,.0f}")
    most = sorted(took.items(), key=lambda one: -one[1])[:SLOWEST]
    slowest = ", ".join(f"{route} {spent:.0f} s" for route, spent in most)
    print(f"most of it on: {slowest}")


if __name__ == "__main__":
    sys.exit(main())
