"""Citizen pledges (medborgarlöften) read from plain text; pure Python, no Django."""

from safety.pledge_text.pledge import read_pledge, to_json
from safety.pledge_text.reading import Reason, UnreadablePledge
from safety.pledge_text.result import (
    Bucket,
    PlacedLine,
    PledgeReading,
    Promiser,
    ReadActivity,
    ReadPromise,
    TextLine,
)

__all__ = [
    "Bucket",
    "PlacedLine",
    "PledgeReading",
    "Promiser",
    "ReadActivity",
    "ReadPromise",
    "Reason",
    "TextLine",
    "UnreadablePledge",
    "read_pledge",
    "to_json",
]
