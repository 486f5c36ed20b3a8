"""Orossamtal and follow-up in a browser: written on a phone, saved by itself, readable, axe clean."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from reminders.working_days import next_working_day
from tests.journeys.test_pages import axe_violations

MAPPING = "Trivs i skolan på förmiddagarna. Är ute sent på helgerna."
AGREED = "Ringer hem före klockan tio."


class Looks:
    """Looks at a page: axe, width; keeps a picture where SSPF_PICTURES names a folder."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.faults: list[str] = []

    def at(self, name: str) -> None:
        page = self.page
        self.faults += [f"{name} {fault}" for fault in axe_violations(page)]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            self.faults.append(f"{name} is wider than the window")
        folder = os.environ.get("SSPF_PICTURES")
        if folder:
            width = page.viewport_size["width"]
            page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_a_talk_is_invited_to_written_saved_by_itself_finished_and_followed_up(
    page_as: Callable[..., Any], width: int
) -> None:
    page = page_as("koordinator", width=width)
    looks = Looks(page)
    looks.at("today")
    page.goto("/arenden/")
    looks.at("case-list")
    page.locator("tbody th a").first.click()
    looks.at("case")
    case = page.url
    page.goto(f"{case}samtal/")
    page.get_by_label("Varför bjuder ni in?").fill("Sågs sent vid torget tre kvällar.")
    page.get_by_label("Brev", exact=True).check()
    looks.at("conversation-new")
    page.get_by_role("button", name="Spara inbjudan").click()
    looks.at("conversation-invited")
    talk = page.url
    page.get_by_label("Tackat ja").check()
    page.get_by_role("button", name="Spara svaret").click()
    looks.at("conversation-accepted")

    page.goto(f"{talk}anteckningar/")
    page.get_by_label("Hur har den unge det?").fill(MAPPING)
    page.get_by_text("Sparat", exact=False).first.wait_for()
    page.locator("[data-autosave-status]", has_text="Sparat").wait_for(timeout=15_000)
    page.goto(case)
    looks.at("case-with-talk")
    page.goto(f"{talk}anteckningar/")
    assert page.get_by_label("Hur har den unge det?").input_value() == MAPPING
    looks.at("notes-draft")
    page.get_by_role("button", name="Avsluta samtalet").click()
    assert page.get_by_label("Hur har den unge det?").input_value() == MAPPING
    looks.at("notes-errors")
    page.get_by_label("Vilken dag hölls samtalet?").fill(timezone.localdate().isoformat())
    page.get_by_label("Vilka var med?").fill("Nils, hans mamma och Noomi")
    page.get_by_label("Vad ska den unge göra?").fill(AGREED)
    page.get_by_label("Vi ses igen för ett nytt samtal").check()
    page.get_by_label("Ärendet följs upp").check()
    page.get_by_role("button", name="Avsluta samtalet").click()
    assert page.url == talk
    looks.at("conversation-held")
    page.goto(f"{talk}text/")
    looks.at("conversation-text")

    page.goto(case)
    looks.at("case-after-talk")
    page.get_by_role("link", name="Följ upp eller avsluta").click()
    assert AGREED in page.content()
    looks.at("follow-up")
    page.get_by_label("Hur går det?").fill("Det går framåt.")
    page.get_by_label("Vi följer upp igen").check()
    day = next_working_day(timezone.localdate() + timedelta(days=21))
    page.get_by_label("Nästa datum").fill(day.isoformat())
    page.get_by_role("button", name="Spara uppföljningen").click()
    assert page.url == case
    looks.at("case-followed-up")
    page.goto(f"{case}personer/")
    looks.at("people")
    page.goto("/arenden/")
    page.get_by_label("Sök bland dina ärenden").fill("nlis")
    page.get_by_role("button", name="Sök").click()
    looks.at("search-nothing")
    page.get_by_label("Sök bland dina ärenden").fill("exmpel")
    page.get_by_role("button", name="Sök").click()
    assert page.locator("tbody td", has_text="Exempel").count() == 2
    looks.at("search")
    assert looks.faults == []
