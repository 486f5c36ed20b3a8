"""The 290 municipalities' codes and names (Statistics Sweden's list): text, with leading zero."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("kommunkoder.csv")


@cache
def municipality_names() -> Mapping[str, str]:
    """Code → name, such as "1495" → "Skara"."""
    with FILE.open(encoding="utf-8", newline="") as rows:
        return {row["kommunkod"]: row["kommun"] for row in csv.DictReader(rows)}
