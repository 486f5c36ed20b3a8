"""What is hashed, to the byte; and that nothing of an event is left out."""

from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from audit import auditctl
from audit.event import COLUMNS, PLATFORM, TYPES, VERSION, Event, canonical, leaf_hash
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
    uuid, null = "00000b8600000010" + "00" * 15, "00000b86ffffffff"
    text = "00000019"
    assert canonical(an_event()).hex() == (
        "00000016"  # 22 columns
        "00000015000000020002"  # version
        + uuid + "01"  # id
        + "000004a0" + "00000008" + "000303d1595b734e"  # occurred_at
        + uuid + "02"  # municipality
        + uuid + "03"  # agency
        + null  # unit
        + uuid + "05"
        + uuid + "06"
        + text + "00000004" + "c3857361"  # Åsa
        + text + "00000007" + "74656163686572"  # teacher
        + text + "00000004" + "72656164"  # read
        + text + "0000000d" + "63617365732e636f6e6365726e"  # cases.concern
        + uuid + "07"
        + null  # case
        + text + "00000000"  # case number
        + "000003f1" + "00000021" + "00000001" + "00000000" + text + "00000002" + "00000001"
        + "00000001" + "61" + "00000004" + "c3a5c3a4"  # field groups
        + text + "00000006" + "617574686f72"  # author
        + text + "00000000"  # basis
        + text + "00000007" + "72656365697074"  # receipt
        + text + "00000004" + "646f6e65"  # done
        + uuid + "08"
        + "00000011" + "ffffffff"  # detail hash
    )  # fmt: skip
    assert leaf_hash(an_event()) == sha256(b"\0" + canonical(an_event())).digest()


# What PostgreSQL keeps: every character but NUL, which it refuses, and halves of a pair, which are no text.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
some_texts = st.one_of(
    texts, st.sampled_from(["", "Åsa Öberg", "🚸\U0010ffff", "NULL", '"', "{a,b}", "\\", "'"])
)
uuids = st.uuids()
either = st.one_of(st.none(), uuids)
# As wide as Python's own time goes; PostgreSQL's is wider.
times = st.datetimes(timezones=st.just(UTC))
BYTES: dict[str, Any] = {
    "occurred_at": times,
    "field_groups": st.lists(some_texts, max_size=4).map(tuple),
    "detail_hash": st.one_of(st.none(), st.binary(max_size=40)),
    "action": some_texts.filter(bool),
    "outcome": st.sampled_from(["done", "denied", "missing", "failed"]),
    **dict.fromkeys(["id", "municipality_id", "agency_id", "request_id"], uuids),
    **dict.fromkeys(
        ["unit_id", "actor_user_id", "actor_membership_id", "object_id", "case_id"], either
    ),
}
events = st.builds(Event, **{column: BYTES.get(column, some_texts) for column in COLUMNS})


@given(st.lists(events, min_size=1, max_size=20))
@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@example(
    [
        an_event(occurred_at=datetime.min.replace(tzinfo=UTC)),
        an_event(occurred_at=datetime.max.replace(tzinfo=UTC)),
    ]
)
@example(
    [
        an_event(field_groups=()),
        an_event(field_groups=("",)),
        an_event(field_groups=("NULL", "", '"', "{a,b}")),
    ]
)
def test_the_database_makes_the_same_bytes_of_the_same_values(db, told):
    casts = {2950: "uuid", 25: "text", 1009: "text[]", 1184: "timestamptz", 17: "bytea"}
    row = ", ".join(f"%s::{casts[oid]}" for oid in TYPES.values())
    statement = " UNION ALL ".join([f"SELECT record_send(ROW(2::smallint, {row}))"] * len(told))
    values = [getattr(event, column) for event in told for column in COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(v) if isinstance(v, tuple) else v for v in values])
        assert [bytes(sent) for (sent,) in cursor.fetchall()] == [
            canonical(event) for event in told
        ]


@given(events)
def test_the_bytes_of_an_event_can_be_read_back_in_one_way(event):
    columns = auditctl.columns_of(canonical(event))
    assert list(columns) == ["v", *COLUMNS]
    assert [oid for oid, _raw in columns.values()] == [21, *TYPES.values()]
    assert {name for name, (_oid, raw) in columns.items() if raw is None} == {
        column for column in COLUMNS if getattr(event, column) is None
    }
    assert UUID(bytes=columns["id"][1]) == event.id
    shown = auditctl.in_words(canonical(event))
    assert shown["outcome"] == event.outcome
    assert all(text.isprintable() for text in shown.values())


@given(events, st.data())
def test_what_is_not_the_bytes_of_an_event_is_refused(event, data):
    whole = canonical(event)
    cut = data.draw(st.integers(0, len(whole) - 1))
    for wrong in (whole[:cut], whole + b"\0", whole + bytes(8), b"\0\0\0\x17" + whole[4:]):
        with pytest.raises(ValueError, match="not the bytes of an event"):
            auditctl.columns_of(wrong)


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
    # The version is the first column of what is hashed.
    assert columns == {*COLUMNS, "v"} | auditctl.NOT_HASHED
    assert {"leaf_hash"} == auditctl.NOT_HASHED
    assert (("v", *COLUMNS), VERSION) == (auditctl.COLUMNS, auditctl.VERSION)
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
