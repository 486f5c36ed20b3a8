"""Which year a pledge is for, in the many ways pledges say it."""

import re
from collections.abc import Sequence

YEAR = r"(?P<first>20[1-4]\d)"
MONTH = r"(?:jan|feb|mar|apr|maj|jun|jul|aug|sep|okt|nov|dec)"
SECOND = rf"(?:20)?(?P<second>[1-4]\d)(?!\d|-\d|\s+{MONTH})"
YEARS = (
    rf"{YEAR}(?!-\d\d-\d\d)(?:\s*[-–—/]\s*{SECOND}|\s*(?:och|till|samt|t\.?\s?o\.?\s?m\.?)\s+(?:år\s+)?20(?P<later>[1-4]\d)"
    r"|\s*(?:[-–—]|till(?:\s+och\s+med)?)\s*(?:den\s+)?\d{1,2}\s+[a-zåäö]+\s+20(?P<until>[1-4]\d))?"
)
PLEDGE = r"(?:medborgar|trygghets)löfte(?:t|n|na|s|ns|nas)?"
LOOSE = r"[^.!?\n]"

# The first that fits anywhere decides.
PATTERNS: tuple[tuple[str, str], ...] = (
    (
        "medborgarlöfte 2024",
        rf"{PLEDGE}\b(?:\s+(?:för|under|åren?|gäller|perioden|\(|från))*\s*[:,(–-]?\s*{YEARS}",
    ),
    ("medborgarlöfte -23", rf"{PLEDGE}\s*(?:för\s+)?[-–’'´`](?P<short>[1-4]\d)\b"),
    ("2023 års medborgarlöfte", rf"{YEARS}\s+års\s+{LOOSE}{{0,30}}{PLEDGE}"),
    ("medborgarlöfte … 2024", rf"{PLEDGE}\b{LOOSE}{{0,60}}?\b{YEARS}"),
    ("2024 … medborgarlöfte", rf"{YEARS}{LOOSE}{{0,40}}?{PLEDGE}"),
    ("under 2024", rf"\b(?:under|gäller|för|åren?|perioden|tiden|från)\s+{LOOSE}{{0,40}}?{YEARS}"),
    ("2024-01-15", rf"\b{YEAR}-[01]\d-[0-3]\d\b"),
    ("15 januari 2024", rf"\b\d{{1,2}}\s+[a-zåäö]{{3,9}},?\s+{YEAR}\b"),
    ("2024", rf"(?<!\d){YEARS}(?!\d)"),
)
_PATTERNS = tuple(re.compile(pattern, re.IGNORECASE) for _name, pattern in PATTERNS)
# Last year's follow-up says last year's number.
LOOKS_BACK = re.compile(
    r"^(?:uppföljning|utvärdering|resultat|tidigare|föregående|förra|avslutade)", re.IGNORECASE
)
LONGEST = 6


def years_of(texts: Sequence[str]) -> tuple[int | None, int | None]:
    """The first and the last year of the pledge; both are the same for one year."""
    current = [text for text in texts if not LOOKS_BACK.match(text)]
    for pattern in _PATTERNS:
        for text in current:
            if match := pattern.search(text):
                return _span(match)
    return None, None


def _span(match: re.Match[str]) -> tuple[int, int]:
    found = {name: value for name, value in match.groupdict().items() if value}
    if short := found.get("short"):
        return 2000 + int(short), 2000 + int(short)
    first = int(found["first"])
    last = next((2000 + int(found[n]) for n in ("second", "later", "until") if n in found), first)
    return first, last if first <= last <= first + LONGEST else first
