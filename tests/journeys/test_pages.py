"""Every page each role can reach: axe finds nothing, nothing overflows on a phone, no console error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.built import Built

AXE = (Path(__file__).resolve().parent.parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
CAST = (
    "larare", "rektor", "kurator", "skolskoterska", "socialsekreterare", "koordinator", "polis",
    "fritidsledare", "chef", "logggranskare", "registrator", "trygghetssamordnare", "administrator",
)  # fmt: skip
# Signing out or a download is no page; the rest is walked.
NO_PAGE = ("/logga-ut", "/static/", "#", ".csv", "/pdf/", "/hamta/", "/demo/brevlada")
AT_MOST = 40
# One of many pages that are made alike: its name follows.
ALIKE = ("lagtabeller", "blankett")

# What the browser has judged, on whoever's page it stood.
judged: set[str] = set()


def shape_of(path: str) -> str:
    parts = path.split("/")
    before = ["", *parts]
    return "/".join(
        "*" if part and (len(part) == 36 or one in ALIKE) else part
        for one, part in zip(before, parts, strict=False)
    )


def walk(page: Any, look: Callable[[Any, str, Built], None]) -> list[str]:
    """Follows every link inside the site once, shape by shape, and looks at each page."""
    seen: dict[str, str] = {}
    waiting = ["/"]
    while waiting and len(seen) < AT_MOST:
        path = waiting.pop(0)
        shape = shape_of(path)
        if shape in seen or any(part in path for part in NO_PAGE):
            continue
        seen[shape] = path
        answer = page.request.get(path)
        assert answer.status < 400 or answer.status == 409, (path, answer.status)
        assert answer.headers["content-type"].startswith("text/html"), path
        built = Built(answer.text())
        look(page, path, built)
        waiting += built.links
    return list(seen)


def axe_violations(page: Any, *, loaded: bool = False) -> list[str]:
    """loaded: the page has just been gone to and nothing was typed, so that nothing is under way."""
    if not loaded:
        # axe walks the whole page: a navigation or a saved draft in the middle would pull it away.
        page.wait_for_load_state("networkidle")
    page.evaluate(AXE)
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']})"
    )
    return [
        f"{rule['id']}: {node['html'][:160]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("who", CAST)
def test_every_page_of_a_role_is_accessible_and_fits_a_phone(
    page_as: Callable[..., Any], who: str
) -> None:
    page = page_as(who, width=320)
    faults: list[str] = []
    page.on("console", lambda m: faults.append(f"console: {m.text}") if m.type == "error" else None)

    def look(page: Any, path: str, built: Built) -> None:
        if built.parts <= judged:
            return
        judged.update(built.parts)
        answer = page.goto(path)
        assert answer.status < 400 or answer.status == 409, (path, answer.status)
        faults.extend(f"{path} {fault}" for fault in axe_violations(page, loaded=True))
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            faults.append(f"{path} is wider than the phone")

    shapes = walk(page, look)
    assert len(shapes) >= 3
    assert faults == []
