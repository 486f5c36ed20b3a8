"""Case and receipt numbers: drawn, not counted, so that a number tells nothing about how many there are."""

from __future__ import annotations

import secrets
from datetime import date

# Crockford's base 32 without the letters that are read as digits.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def draw_number(prefix: str, on: date) -> str:
    """Like S26-7KQ2M: one letter for the kind, the year, five drawn characters."""
    return f"{prefix}{on:%y}-" + "".join(secrets.choice(ALPHABET) for _place in range(5))
