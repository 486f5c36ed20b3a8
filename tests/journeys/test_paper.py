"""The consent form in the browser: read from right to left, on a phone, and as it is printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.test_pages import axe_violations


@pytest.mark.slow
def test_the_form_to_print_is_accessible_on_a_phone_and_on_paper(
    page_as: Callable[..., Any],
) -> None:
    page = page_as("koordinator", width=320)
    for code, direction in (("ar", "rtl"), ("so", "ltr")):
        assert page.goto(f"/samtycke/blankett/{code}/").status == 200
        for media in ("screen", "print"):
            page.emulate_media(media=media)
            assert axe_violations(page) == [], (code, media)
        page.emulate_media(media="screen")
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        side = "getComputedStyle(document.querySelector('{}')).direction"
        assert page.evaluate(side.format("article h1")) == direction
        assert page.evaluate(side.format(".s-paper-choice__beside")) == "ltr"
    page.goto("/samtycke/blankett/ar/")
    page.evaluate("document.fonts.ready")
    loaded = "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
    assert any("IBM Plex Sans Arabic" in family for family in page.evaluate(loaded))
    page.emulate_media(media="print")
    assert not page.is_visible("nav")
    assert page.is_visible("text=Skolan")
