"""The main story: concern → triage → consent → summary → police, and what nobody else sees of it."""

from __future__ import annotations

from tests.cases import steps
from tests.cast import Cast


def test_the_officer_named_reads_the_summary_and_the_outsider_does_not(cast: Cast) -> None:
    steps.released(cast)
    officer = cast.client("polis", code="1495")
    page = steps.first_link(officer, "/delat-med-oss/", "/delat-med-oss/")
    assert steps.SUMMARY in officer.get(page).content.decode()
    outsider = cast.client("polis-utanfor")
    assert "Inget är utlämnat till dig" in outsider.get("/delat-med-oss/").content.decode()
    assert outsider.get(page).status_code == 404
