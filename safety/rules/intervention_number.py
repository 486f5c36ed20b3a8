"""Numbers of joint interventions: drawn, not counted, like the numbers of cases."""

from __future__ import annotations

import secrets
from datetime import date

# Base 32 without the letters that are read as digits.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def draw_number(on: date) -> str:
    """Like GI26-7KQ2M."""
    return f"GI{on:%y}-" + "".join(secrets.choice(ALPHABET) for _place in range(5))
