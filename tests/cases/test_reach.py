"""A page that a deadline leads to is shown to a stand-in only if it would open: each of the room's pages is spoken for."""

import re
from pathlib import Path

from cases import urls
from cases.services.reach import PAGES

SERVICES = Path(urls.__file__).parent / "services"


def led_to() -> set[str]:
    """The routes that deadlines of this room are set with."""
    return {
        route
        for service in SERVICES.glob("*.py")
        for route in re.findall(r'\broute="(\w+)"', service.read_text(encoding="utf-8"))
    }


def with_a_row() -> set[str]:
    return {
        str(pattern.name)
        for pattern in urls.urlpatterns
        if "pk" in pattern.pattern.regex.groupindex
    }


def test_every_page_of_a_row_that_a_deadline_leads_to_is_asked_for() -> None:
    led = led_to()
    assert {"case_detail", "without_owner"} <= led
    assert led & with_a_row() == PAGES.keys()
