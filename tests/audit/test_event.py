"""What is hashed, to the byte; and that nothing of an event is left out."""

from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from audit import auditctl
from audit.event import COLUMNS, PLATFORM, Event, canonical, leaf_hash
from audit.models import AuditEvent


def an_event(**values: Any) -> Event:
    usual: dict[str, Any] = {
        "id": UUID(int=1),
        "occurred_at": datetime(2026, 11, 22, 0, 30, 12, 345678, tzinfo=UTC),
        "municipality_id": UUID(int=2),
        "agency_id": UUID(int=3),
        "unit_id": None,
        "actor_user_id": UUID(int=5),
        "actor_membership_id": UUID(int=6),
        "actor_name": "Åsa",
        "actor_role": "teacher",
        "action": "read",
        "object_type": "cases.concern",
        "object_id": UUID(int=7),
        "case_id": None,
        "case_number": "",
        "field_groups": ("a", "åä"),
        "relation": "author",
        "basis": "",
        "purpose": "receipt",
        "outcome": "done",
        "request_id": UUID(int=8),
    }
    return Event(**usual | values)


def test_the_canonical_bytes_are_what_is_written_down():
    uuid, null = "0200000010" + "00" * 15, "0000000000"
    assert canonical(an_event()).hex() == (
        "01"  # version
        + uuid + "01"  # id
        + "0300000008000660d29493534e"  # occurred_at
        + uuid + "02"  # municipality
        + uuid + "03"  # agency
        + null  # unit
        + uuid + "05"
        + uuid + "06"
        + "0100000004c3857361"  # Åsa
        + "010000000774656163686572"  # teacher
        + "010000000472656164"  # read
        + "010000000d63617365732e636f6e6365726e"  # cases.concern
        + uuid + "07"
        + null  # case
        + "0100000000"  # case number
        + "040000000d" + "0000000161" + "00000004c3a5c3a4"  # field groups
        + "0100000006617574686f72"  # author
        + "0100000000"  # basis
        + "010000000772656365697074"  # receipt
        + "0100000004646f6e65"  # done
        + uuid + "08"
        + null  # detail hash
    )  # fmt: skip
    assert leaf_hash(an_event()) == sha256(b"\0" + canonical(an_event())).digest()


def test_the_time_zone_does_not_matter_but_the_instant_does():
    same = an_event().occurred_at.astimezone(timezone(timedelta(hours=5)))
    assert canonical(an_event(occurred_at=same)) == canonical(an_event())
    later = an_event().occurred_at + timedelta(microseconds=1)
    assert canonical(an_event(occurred_at=later)) != canonical(an_event())


@given(st.lists(st.text(max_size=3), max_size=3), st.lists(st.text(max_size=3), max_size=3))
def test_two_lists_never_share_their_bytes(one, other):
    if one != other:
        first, second = an_event(field_groups=tuple(one)), an_event(field_groups=tuple(other))
        assert canonical(first) != canonical(second)


def test_every_field_changes_the_hash():
    hashes = {leaf_hash(an_event())}
    changes: dict[str, Any] = {
        "occurred_at": datetime(2026, 1, 1, tzinfo=UTC),
        "field_groups": ("a", "åä", ""),
        "outcome": "denied",
        "detail_hash": b"",
    }
    for column in COLUMNS:
        value = changes.get(
            column, "x" if isinstance(getattr(an_event(), column), str) else uuid4()
        )
        hashes.add(leaf_hash(an_event(**{column: value})))
    assert len(hashes) == len(COLUMNS) + 1


@pytest.mark.parametrize(
    "wrong",
    [{"occurred_at": datetime(2026, 1, 1)}, {"outcome": "perhaps"}, {"action": ""}],  # noqa: DTZ001
)
def test_an_event_that_says_too_little_is_refused(wrong):
    with pytest.raises(ValueError, match="an event"):
        an_event(**wrong)


def test_every_column_is_hashed_or_on_the_list(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = 'audit' AND table_name = 'event'"
        )
        columns = {name for (name,) in cursor.fetchall()}
    # The version is the first byte of what is hashed.
    assert columns == {*COLUMNS, "v"} | auditctl.NOT_HASHED
    assert {"leaf_hash"} == auditctl.NOT_HASHED
    assert [name for name, _kind in auditctl.COLUMNS] == list(COLUMNS)
    assert {field.column for field in AuditEvent._meta.local_fields} == columns


def test_the_verifier_reads_the_same_bytes_back(log):
    """Two implementations, one in Python values and one in PostgreSQL's own bytes, give one hash."""
    events = log.write(1) + log.write(
        1,
        unit_id=None,
        case_id=None,
        detail_hash=None,
        actor_name="🚸 \U0010ffff\nÅ",
        field_groups=(),
        occurred_at=datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    )
    events += log.write(1, field_groups=("", "NULL", '"', "{a,b}", "å" * 300), actor_name="")
    log.sequence()
    report = log.report()
    assert (report.events, report.faults) == (len(events), [])


def test_an_event_of_the_platform_has_its_own_log():
    assert PLATFORM.int == 0
    with pytest.raises(TypeError):
        canonical(an_event(actor_name=7))
