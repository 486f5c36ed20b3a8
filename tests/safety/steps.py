"""Steps with pledges and joint interventions, through the pages, as the people of the cast."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from tests.cast import Cast

SAFETY, POLICE = "trygghetssamordnare", "polis"

TEXT = """Medborgarlöfte 2026
Skara kommun och polisen har kommit överens om ett medborgarlöfte.

Fokusområden:
- Trygghet i centrum

Kommunen lovar
- Att hålla orossamtal och följa upp ungdomar.
- Att laga lampor där det är mörkt.

Polisen lovar
- Att fotpatrullera vid stationen på kvällarna.

Tillsammans lovar vi
- Att utveckla arbetet med grannsamverkan i hela kommunen.

Nu kör vi så det ryker
"""


def review_fields(page: str) -> dict[str, Any]:
    """What a browser would send back of the review form, as it stands on the page."""
    form = page[page.index('class="s-form"') :]
    form = form[: form.index("</form>")]
    fields: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = _attribute(tag, "name"), _attribute(tag, "value")
        if _attribute(tag, "type") == "checkbox" and not value:
            value = "on"
        if name == "csrfmiddlewaretoken" or (
            _attribute(tag, "type") == "checkbox" and "checked" not in tag
        ):
            continue
        fields[name] = value.replace("\n", "\r\n")
    for name, text in re.findall(
        r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL
    ):
        fields[name] = _unescape(text).replace("\n", "\r\n")
    for name, options in re.findall(
        r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'<option value="([^"]*)"[^>]*selected', options)
        first = re.search(r'<option value="([^"]*)"', options)
        assert first
        fields[name] = _unescape((chosen or first)[1])
    return fields | {"act": "save"}


def imported(client: Client, text: str = TEXT, **changed: Any) -> str:
    """A pledge read, reviewed and saved as a draft; gives the path of its page."""
    read = client.post("/medborgarloften/importera/", {"text": text})
    assert read.status_code == 200, read.content.decode()
    saved = client.post(
        "/medborgarloften/importera/", review_fields(read.content.decode()) | changed
    )
    assert saved.status_code == 302, saved.content.decode()
    return str(saved["Location"])


def version_on(client: Client, page: str) -> str:
    found = re.search(r'name="seen_version" value="(\d+)"', client.get(page).content.decode())
    assert found
    return found[1]


def approved(cast: Cast, pledge: str) -> None:
    for who in (SAFETY, POLICE):
        client = cast.client(who)
        answer = client.post(f"{pledge}godkann/", {"seen_version": version_on(client, pledge)})
        assert answer.status_code == 302, answer.content.decode()


def published(cast: Cast, pledge: str, *, next_follow_up_on: str = "") -> None:
    """Approved by both and published."""
    approved(cast, pledge)
    client = cast.client(SAFETY)
    day = next_follow_up_on or (timezone.localdate() + timedelta(days=90)).isoformat()
    fields = {"seen_version": version_on(client, pledge), "next_follow_up_on": day}
    answer = client.post(f"{pledge}publicera/", fields)
    assert answer.status_code == 302, answer.content.decode()


def activity_fields(cast: Cast, **changed: Any) -> dict[str, Any]:
    return {
        "promise": "whole",
        "what": "Vi håller orossamtal när någon ber om det",
        "owner_unit": str(cast.actor(SAFETY).unit_id),
        "due_on": "2026-12-01",
        "indicator": "Antal samtal",
        "status": "ongoing",
        "result": "",
        "figure_keys": [],
    } | changed


def intervention_fields(cast: Cast, **changed: Any) -> dict[str, Any]:
    return {
        "level": "area",
        "what": "Vuxna på plats fredag och lördag kväll",
        "where": "Torget vid stationen",
        "starts_on": timezone.localdate().isoformat(),
        "ends_on": "",
        "requested_by": str(cast.actor(SAFETY).unit_id),
        "activity": "",
    } | changed


def intervention(cast: Cast, **changed: Any) -> str:
    """A planned joint intervention; gives the path of its page."""
    answer = cast.client(SAFETY).post("/insatser/ny/", intervention_fields(cast, **changed))
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def task(cast: Cast, page: str, who: str, **changed: Any) -> Any:
    fields = {
        "responsible": str(cast.membership(who).id),
        "what": "Gå förbi varje timme",
        "due_on": (timezone.localdate() + timedelta(days=7)).isoformat(),
    } | changed
    return cast.client(SAFETY).post(f"{page}uppgift/", fields)


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    return _unescape(found[1]) if found else ""


def _unescape(text: str) -> str:
    import html

    return html.unescape(text)
