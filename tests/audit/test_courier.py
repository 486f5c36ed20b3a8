"""The log and its witnesses: cosigned as it grows, kept through every kill, and an alarm when a witness refuses."""

from __future__ import annotations

import base64
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from audit import check, courier
from audit.auditctl import (
    Checkpoint,
    Tree,
    notes_in,
    origin_of,
    read_checkpoint,
    read_witness,
    sign_checkpoint,
    verify,
)
from audit.checkpoint_file import held, witnessed_file
from audit.courier import Courier
from audit.event import leaf_hash
from audit.witness import LOG_KEY, PublicKey, Witness, cosigned_at, read_note
from audit.witnesses import Witness as Known
from audit.witnesses import read_witnesses
from crypto.signing import Signer
from tests.audit.conftest import Log, as_role, connect, own_database
from tests.audit.dying import steps
from tests.audit.witnessing import evidence, new_witness, serving
from tests.site import free_port

ROOT = Path(__file__).resolve().parents[2]


class Agency:
    """One witness: its folder, and how the log knows it."""

    def __init__(self, folder: Path, log: Log, name: str) -> None:
        self.name = name
        self.own = new_witness(folder, name=name)
        self.trust(log)
        self.port = free_port()
        self.line = f"witness {name} {self.own.key.vkey()} http://127.0.0.1:{self.port}"

    def trust(self, log: Log) -> None:
        origin = origin_of(log.municipality_id)
        self.own.trust(PublicKey(origin, LOG_KEY, log.signer.public_key).vkey())

    def serving(self) -> AbstractContextManager[str]:
        return serving(self.own.folder, self.port)

    def seen(self, log: Log) -> int:
        note = self.own.seen(origin_of(log.municipality_id))
        return note.size if note else 0


@pytest.fixture
def committed(superuser_conninfo, template_database, django_db_setup, django_db_blocker):
    """A database for each test: what is wrong with one log is seen in all of the courier's words."""
    with own_database(superuser_conninfo, template_database, django_db_blocker) as name:
        yield name


@pytest.fixture
def school(tmp_path: Path, log: Log) -> Iterator[Agency]:
    agency = Agency(tmp_path / "school", log, "school.example")
    with agency.serving():
        yield agency


@pytest.fixture
def police(tmp_path: Path, log: Log) -> Agency:
    """Not serving until the test lets it."""
    return Agency(tmp_path / "police", log, "police.example")


def known(*agencies: Agency) -> tuple[Known, ...]:
    return read_witnesses("\n".join(agency.line for agency in agencies))


def carry(log: Log, *agencies: Agency, by: Courier | None = None) -> Courier:
    made = by or Courier(
        folder=log.folder, witnesses=known(*agencies), public_key=log.signer.public_key
    )
    with as_role("sequencer"):
        assert made.run_once()
    return made


def fault() -> str:
    status = check.sequencer_status()
    assert status is not None
    return status.witness_fault


def cosigned(log: Log, agency: Agency) -> int:
    """The size of the last note beside the checkpoints that carries the witness's verified signature."""
    file = witnessed_file(log.folder, log.municipality_id)
    notes = notes_in(file.read_text(encoding="utf-8")) if file.exists() else []
    sizes = []
    for text in notes:
        note = read_note(text)
        checkpoint = read_checkpoint(text, origin_of(log.municipality_id), log.signer.public_key)
        assert (checkpoint.size, checkpoint.root) == (note.size, note.root)
        signed = cosigned_at(note, agency.own.key) is not None
        # The verifier, which shares no line with the witness, says the same.
        assert read_witness(agency.own.key.vkey()).cosigned(text) == signed
        if signed:
            sizes.append(note.size)
    assert sizes == sorted(sizes)
    return max(sizes, default=0)


def grown(log: Log, number: int) -> None:
    log.write(number)
    log.sequence()


def test_each_new_checkpoint_is_cosigned_as_the_log_grows(log, school):
    by = None
    total = 0
    for number in (1, 1, 3, 8, 4, 1, 16, 2):
        grown(log, number)
        total += number
        by = carry(log, school, by=by)
        assert (cosigned(log, school), school.seen(log)) == (total, total)
    assert fault() == ""
    assert school.own.refusals() == []
    # A courier that is new to it goes on from what was kept.
    grown(log, 5)
    carry(log, school)
    assert cosigned(log, school) == total + 5


def test_nothing_new_is_nothing_sent_and_nothing_written(log, school):
    grown(log, 3)
    by = carry(log, school)
    file = witnessed_file(log.folder, log.municipality_id)
    before = (file.stat().st_mtime_ns, file.read_bytes())
    carry(log, school, by=by)
    assert (file.stat().st_mtime_ns, file.read_bytes()) == before


def test_a_witness_that_is_away_holds_up_nothing_and_catches_up(log, school, police):
    by = None
    for number in (3, 4):
        grown(log, number)
        by = carry(log, school, police, by=by)
    assert (cosigned(log, school), cosigned(log, police)) == (7, 0)
    assert fault() == ""
    with police.serving():
        by = carry(log, school, police, by=by)
        assert (cosigned(log, school), cosigned(log, police)) == (7, 7)
        text = witnessed_file(log.folder, log.municipality_id).read_text(encoding="utf-8")
        assert len(notes_in(text)) == 1
    grown(log, 2)
    carry(log, school, police, by=by)
    # What the one that is away acknowledged is kept beside what the other has seen since.
    assert (cosigned(log, school), cosigned(log, police)) == (9, 7)
    with connect("backup") as own:
        keys = [read_witness(agency.own.key.vkey()) for agency in (school, police)]
        (report,) = verify(
            own,
            log.folder,
            log.signer.public_key,
            municipality_id=log.municipality_id,
            witnesses=keys,
            quorum=2,
        )
    assert (report.faults, report.cosigned) == ([], {"school.example": 9, "police.example": 7})


def test_a_witness_that_stays_away_for_a_day_is_an_alarm(log, police):
    grown(log, 2)
    by = carry(log, police)
    key = (police.name, log.municipality_id)
    by._silent_since[key] -= courier.PATIENCE - timedelta(minutes=1)
    carry(log, police, by=by)
    assert fault() == ""
    by._silent_since[key] -= timedelta(minutes=2)
    carry(log, police, by=by)
    assert "witness police.example has not cosigned for a day" in fault()
    with police.serving():
        carry(log, police, by=by)
    assert (fault(), by._silent_since) == ("", {})


def test_a_witness_with_another_key_or_without_trust_is_not_believed(log, school, police):
    grown(log, 2)
    stranger = Agency(school.own.folder.parent / "stranger", Log(log.folder), "stranger.example")
    wrong = school.line.replace(school.own.key.vkey(), police.own.key.vkey())
    with stranger.serving():
        made = Courier(
            folder=log.folder,
            witnesses=read_witnesses(f"{wrong}\n{stranger.line}"),
            public_key=log.signer.public_key,
        )
        carry(log, by=made)
    assert not witnessed_file(log.folder, log.municipality_id).exists()
    # The one is away, the other was never told of this log.
    assert list(made._silent_since) == [("school.example", log.municipality_id)]


def test_a_witness_of_one_municipality_cosigns_that_one_only(log, school):
    others = [Log(log.folder) for _ in range(5)]
    for one in (*others, log):
        one.write(2)
    log.sequence()
    by = carry(log, school)
    assert (cosigned(log, school), fault(), by._silent_since) == (2, "", {})
    assert [cosigned(other, school) for other in others] == [0] * 5


def test_a_witness_that_cannot_answer_for_one_log_is_asked_for_the_others(log, school):
    other = Log(log.folder)
    school.trust(other)
    first, second = sorted((log, other), key=lambda one: one.municipality_id)
    for one in (first, second):
        one.write(2)
    log.sequence()
    place = school.own._place(origin_of(first.municipality_id))
    place.parent.mkdir(mode=0o700)
    place.write_text("damaged", encoding="utf-8")
    by = carry(log, school)
    assert cosigned(second, school) == 2
    assert list(by._silent_since) == [("school.example", first.municipality_id)]


def _forge(log: Log, superuser: Any, k: int, *, sizes: int) -> None:
    """Rebuild the log from event k: rows, hashes, sequence, tree, checkpoints, all with the real signing key."""
    rows = superuser.execute(
        "SELECT event_id FROM audit.sequence WHERE municipality_id = %s ORDER BY seq",
        [log.municipality_id],
    ).fetchall()
    for table in ("event", "sequence"):
        superuser.execute(f"ALTER TABLE audit.{table} DISABLE TRIGGER USER")
        for partition in superuser.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass",
            [f"audit.{table}"],
        ).fetchall():
            superuser.execute(f"ALTER TABLE {partition[0]} DISABLE TRIGGER USER")
    gone = [row[0] for row in rows[k:]]
    superuser.execute("DELETE FROM audit.event WHERE id = ANY(%s)", [gone])
    superuser.execute("DELETE FROM audit.sequence WHERE event_id = ANY(%s)", [gone])
    left = superuser.execute(
        "SELECT leaf_hash FROM audit.sequence WHERE municipality_id = %s ORDER BY seq",
        [log.municipality_id],
    ).fetchall()
    tree = Tree()
    tree.extend(leaf for (leaf,) in left)
    forged = log.write(sizes - k, actor_name="Någon Annan")
    superuser.execute(
        "DELETE FROM audit.unsequenced WHERE municipality_id = %s", [log.municipality_id]
    )
    for event in forged:
        superuser.execute(
            "INSERT INTO audit.sequence (municipality_id, seq, event_id, leaf_hash) VALUES (%s, %s, %s, %s)",
            [log.municipality_id, tree.size, event.id, leaf_hash(event)],
        )
        tree.append(leaf_hash(event))
    superuser.execute(
        "UPDATE audit.tree SET size = %s, frontier = %s WHERE municipality_id = %s",
        [tree.size, tree.frontier(), log.municipality_id],
    )
    checkpoint = Checkpoint(origin_of(log.municipality_id), tree.size, tree.root())
    note = sign_checkpoint(checkpoint, log.signer.sign, log.signer.public_key, log.clock)
    log.file.write_text(f"{note}\n", encoding="utf-8")


@pytest.mark.parametrize("k", [0, 5, 8])
@pytest.mark.parametrize("sizes", [6, 9, 14])
@pytest.mark.parametrize("thorough", [False, True])
def test_a_log_rebuilt_with_the_real_key_passes_the_verifier_but_not_the_witness(  # noqa: PLR0917
    log, superuser, school, k, sizes, thorough
):
    grown(log, 9)
    carry(log, school)
    _forge(log, superuser, min(k, sizes - 1), sizes=sizes)
    first = min(k, sizes - 1)
    if thorough:
        # Nobody who has only the operator's own files can tell.
        witnessed_file(log.folder, log.municipality_id).unlink()
        assert log.report().faults == []
        assert log.report().events == sizes
    else:
        # A copy of what was cosigned is enough to tell, and to name the numbers.
        (named,) = [one for one in log.report().faults if one.kind in ("root", "cut")]
        assert named.first is not None
        assert named.first <= max(first, sizes)
        assert named.last == 8
    carry(log, school)
    assert str(log.municipality_id) in fault()
    assert "witness school.example: " in fault()
    assert school.seen(log) == 9
    if not thorough:
        # Told by what is kept beside the log, before the witness was even asked.
        words = (
            f"it cosigned 9 events, the log has signed {sizes}"
            if sizes < 9
            else "the first 9 events are not those that it cosigned"
        )
        assert words in fault()
        assert school.own.refusals() == []
    health = Client().get("/healthz/evidence")
    assert health.status_code == 503
    assert health.json() == {"sequencer": "ok", "witnesses": "fault"}
    assert Client().get("/healthz").status_code == 200
    if thorough and sizes >= 9:
        ((before, after),) = evidence(school.own)
        both = [
            read_checkpoint(note, origin_of(log.municipality_id), log.signer.public_key)
            for note in (before, after)
        ]
        assert [one.size for one in both] == [9, sizes]
        assert both[0].root != both[1].root


def test_a_whole_database_rolled_back_is_an_alarm_even_with_every_file_rolled_back_too(
    log, superuser, school
):
    grown(log, 6)
    carry(log, school)
    files = {path: path.read_bytes() for path in log.folder.iterdir()}
    grown(log, 4)
    carry(log, school)
    assert school.seen(log) == 10
    _forge(log, superuser, 6, sizes=7)
    for path, data in files.items():
        path.write_bytes(data)
    superuser.execute(
        "DELETE FROM audit.sequence WHERE municipality_id = %s AND seq >= 6",
        [log.municipality_id],
    )
    # As it was, to the byte: nothing to send, so the alarm comes with the next checkpoint.
    leaves = superuser.execute(
        "SELECT leaf_hash FROM audit.sequence WHERE municipality_id = %s ORDER BY seq",
        [log.municipality_id],
    ).fetchall()
    tree = Tree()
    tree.extend(leaf for (leaf,) in leaves)
    superuser.execute(
        "UPDATE audit.tree SET size = %s, frontier = %s WHERE municipality_id = %s",
        [6, tree.frontier(), log.municipality_id],
    )
    carry(log, school)
    assert fault() == ""
    grown(log, 1)
    carry(log, school)
    assert "it has seen 10 events, the log has signed 7: cut or rolled back" in fault()


def test_killed_at_any_step_no_acknowledged_cosignature_is_lost(log, school, police):
    total = 2
    grown(log, total)
    with police.serving():
        carry(log, school, police)
        reached = []

        def one_round() -> None:
            carry(log, school, police)

        grown(log, 1)
        total += 1
        before = {agency: cosigned(log, agency) for agency in (school, police)}
        for number, name in steps(one_round):
            reached.append(name)
            for agency in (school, police):
                kept = cosigned(log, agency)
                assert kept >= before[agency], (number, name)
                assert agency.seen(log) >= kept
            carry(log, school, police)
            assert (cosigned(log, school), cosigned(log, police)) == (total, total), (number, name)
            assert fault() == ""
            grown(log, 1)
            total += 1
            before = {agency: cosigned(log, agency) for agency in (school, police)}
    assert school.own.refusals() == police.own.refusals() == []
    assert reached.count("after open") == 2
    assert {"half-way through fsync", "before replace", "after replace"} <= set(reached)
    print(f"courier killed at {len(reached)} steps, none lost")


def test_a_witness_killed_and_started_again_goes_on(log, tmp_path, police):
    total = 0
    for _ in range(4):
        with police.serving():  # It ends by kill -9.
            grown(log, 2)
            total += 2
            carry(log, police)
        grown(log, 1)
        total += 1
        carry(log, police)
        assert cosigned(log, police) == total - 1
    assert police.own.refusals() == []


def test_a_checkpoint_that_is_being_written_is_left_alone(log, school):
    grown(log, 3)
    torn = log.file.read_bytes() + f"sspf/{log.municipality_id}\n7\nAAAA".encode()
    log.file.write_bytes(torn)
    carry(log, school)
    assert log.file.read_bytes() == torn
    assert cosigned(log, school) == 3


def test_events_that_are_not_those_that_were_signed_are_not_shown_to_a_witness(
    log, superuser, school
):
    grown(log, 3)
    carry(log, school)
    grown(log, 3)
    superuser.execute("ALTER TABLE audit.sequence DISABLE TRIGGER USER")
    superuser.execute(
        "UPDATE audit.sequence SET leaf_hash = %s WHERE municipality_id = %s AND seq = 4",
        [bytes(32), log.municipality_id],
    )
    carry(log, school)
    assert "the events in the database are not those of the last checkpoint" in fault()
    assert (school.seen(log), school.own.refusals()) == (3, [])


def test_a_damaged_file_of_cosignatures_is_an_alarm_and_left_as_it_is(log, school):
    grown(log, 3)
    carry(log, school)
    file = witnessed_file(log.folder, log.municipality_id)
    file.write_text("nothing\n\nat all\n", encoding="utf-8")
    grown(log, 1)
    carry(log, school)
    assert "its files cannot be read" in fault()
    assert file.read_text(encoding="utf-8") == "nothing\n\nat all\n"


def test_one_courier_at_a_time(log, school):
    grown(log, 1)
    with held(log.folder, "courier") as alone:
        assert alone
        made = Courier(folder=log.folder, witnesses=known(school), public_key=log.signer.public_key)
        assert not made.run_once()


def test_without_witnesses_none_is_missed(log, school):
    grown(log, 1)
    carry(log, school)
    assert check.health() == check.Health("ok", "ok")
    carry(log)
    assert check.health() == check.Health("ok", "never")


@pytest.mark.parametrize(
    ("column", "health"),
    [
        ("beat_at", {"sequencer": "late", "witnesses": "ok"}),
        ("witness_beat_at", {"sequencer": "ok", "witnesses": "late"}),
    ],
)
@pytest.mark.parametrize("by", [timedelta(minutes=-11), timedelta(days=1)])
def test_silence_is_told(log, superuser, school, column, health, by):  # noqa: PLR0917
    grown(log, 1)
    carry(log, school)
    assert Client().get("/healthz/evidence").json() == {"sequencer": "ok", "witnesses": "ok"}
    superuser.execute(f"UPDATE audit.sequencer_status SET {column} = now() + %s", [by])
    answer = Client().get("/healthz/evidence")
    assert (answer.status_code, answer.json()) == (503, health)
    page = Client().get("/healthz")
    assert (page.status_code, page.json()) == (200, {"database": "ok"} | health)


def test_a_fault_of_the_sequencer_is_told_without_its_words(log, superuser):
    grown(log, 1)
    superuser.execute(
        "UPDATE audit.tree SET frontier = %s WHERE municipality_id = %s",
        [bytes(32), log.municipality_id],
    )
    log.sequence()
    answer = Client().get("/healthz/evidence")
    assert answer.status_code == 503
    assert answer.json()["sequencer"] == "fault"
    assert str(log.municipality_id) not in answer.content.decode()


def test_before_the_first_beat_the_evidence_is_not_well(log, superuser):
    superuser.execute("DELETE FROM audit.sequencer_status")
    assert check.health() == check.Health("never", "never")
    assert Client().get("/healthz/evidence").status_code == 503


@pytest.mark.parametrize(
    "text",
    [
        "witness a b",
        "witness w.example KEY ftp://w.example",
        "log w.example KEY https://w.example",
        "witness w.example KEYx https://w.example",
        "witness w.example KEY https://a\nwitness w.example KEY https://b",
    ],
)
def test_a_wrong_line_of_the_configuration_is_named(police, text):
    with pytest.raises(ValueError, match="SSPF_WITNESSES"):
        read_witnesses(text.replace("KEY", police.own.key.vkey()))


def test_the_configuration_may_have_comments(police):
    (one,) = read_witnesses(f"# ours\n\n{police.line}/  # the station\n")
    assert (one.name, one.url) == ("police.example", f"http://127.0.0.1:{police.port}")


def _courier(
    log: Log, environment_of: Callable[[str], dict[str, str]], witnesses: str, *more: str
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "courier", *more],
        cwd=ROOT,
        env=environment_of("sequencer")
        | {
            "SSPF_CHECKPOINT_DIR": str(log.folder),
            "SSPF_AUDIT_PUBLIC_KEY": base64.b64encode(log.signer.public_key).decode(),
            "SSPF_WITNESSES": witnesses,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.slow
def test_the_process_carries_shows_and_ends_on_sigterm(log, school, environment_of):
    grown(log, 3)
    process = _courier(log, environment_of, school.line)
    try:
        end = time.monotonic() + 30
        while cosigned(log, school) < 3:
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    finally:
        process.kill()
        output = process.communicate(timeout=60)[0]
    assert "Traceback" not in output
    shown = _courier(log, environment_of, school.line, "--show").communicate(timeout=30)[0]
    lines = shown.splitlines()
    own = next(n for n, line in enumerate(lines) if str(log.municipality_id) in line)
    assert school.own.trust(lines[own]).name == origin_of(log.municipality_id)
    assert lines[own + 1] == "  3 events signed"
    assert lines[own + 2].startswith("  school.example: cosigned 3 events 20")
    told = _courier(log, environment_of, "", "--status")
    assert (told.communicate(timeout=30)[0], told.returncode) == ("ok\n", 0)
    wrong = _courier(log, environment_of, "witness x", "--once")
    assert "line 1" in wrong.communicate(timeout=30)[0]
    assert wrong.returncode == 1


def test_a_witness_of_another_log_key_refuses(log, school):
    """The municipality's server was taken over and signs with a key of its own."""
    grown(log, 2)
    carry(log, school)
    other = Log(log.folder, log.municipality_id, log.agency_id, signer=Signer(bytes(32)))
    checkpoint = Checkpoint(origin_of(log.municipality_id), 2, bytes(32))
    note = sign_checkpoint(checkpoint, other.signer.sign, other.signer.public_key, log.clock)
    log.file.write_text(f"{note}\n", encoding="utf-8")
    carry(other, school)
    assert school.seen(log) == 2
    assert Witness(school.own.folder).refusals() == []
