"""Which files the processes of a parallel run take first: a long one that began last would be waited for."""

from __future__ import annotations

# Those of some six seconds and more, the longest first; `pytest --durations=0` shows when this is out of date.
LONG = (
    "tests/crawl/test_crawl_social_worker.py",
    # Needs neither the template nor the crawl's world, while the other process makes both.
    "tests/bench/test_bench.py",
    "tests/journeys/test_pages.py",
    "tests/crypto/test_rotation.py",
    "tests/crawl/test_crawl_coordinator.py",
    "tests/backups/test_restore.py",
    "tests/crypto/test_every_seal.py",
    "tests/ground/test_run.py",
    "tests/access/test_routes.py",
    "tests/crawl/test_crawl_schools.py",
    "tests/reminders/test_failpoints.py",
    "tests/journeys/test_talk.py",
    "tests/crypto/test_rotation_master.py",
    "tests/crawl/test_crawl_manager.py",
    "tests/crawl/test_crawl_others.py",
    "tests/journeys/test_story.py",
    "tests/audit/test_tamper_matrix.py",
    "tests/looks/test_gallery_browser.py",
    "tests/audit/test_courier.py",
    "tests/audit/test_killed.py",
    "tests/reminders/test_processes.py",
    "tests/backups/test_backup.py",
    "tests/crawl/test_agreement.py",
    "tests/reminders/test_chaos.py",
    "tests/crypto/test_canary.py",
    "tests/audit/test_sequencer.py",
    "tests/cases/test_attachment.py",
    "tests/cases/test_follow_up.py",
    "tests/audit/test_cells.py",
    "tests/crypto/test_who_may_call.py",
    "tests/cases/test_spine.py",
    "tests/access/test_policy_cells.py",
    "tests/cases/test_at_once.py",
    "tests/audit/test_tampering.py",
    "tests/cases/test_consent.py",
    "tests/cases/test_break_glass.py",
    "tests/journeys/test_attachment.py",
    "tests/access/test_log_unit.py",
    "tests/cases/test_meeting.py",
    "tests/crawl/test_places.py",
    "tests/crawl/test_leaks_are_found.py",
    "tests/reminders/test_engine.py",
    "tests/audit/test_cells_hidden.py",
    "tests/cases/test_attachment_rotated.py",
    "tests/safety/test_journey.py",
    "tests/audit/test_erasure_details.py",
    "tests/cases/test_file_check.py",
    "tests/reminders/test_stops.py",
    "tests/cases/test_double_click.py",
    "tests/cases/test_sealed_everywhere.py",
    "tests/cases/test_constant_queries.py",
    "tests/reminders/test_absence.py",
    "tests/cases/test_protected.py",
    "tests/access/test_throttle.py",
    "tests/cases/test_bars.py",
    "tests/cases/test_appointment.py",
    "tests/cases/test_conversation.py",
    "tests/cases/test_disclosure.py",
)
_PLACES = {file: place for place, file in enumerate(LONG)}


def place_of(nodeid: str) -> int:
    """What to sort tests by; those of other files come behind, as they are."""
    return _PLACES.get(nodeid.partition("::")[0], len(LONG))
