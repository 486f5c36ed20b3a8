"""A text in every sealed field, typed through the product, is nowhere in clear: not in any place, not in any clothing.

Over real HTTP, with a real worker, sequencer and SMTP server, every logger at DEBUG, and PostgreSQL logging every
statement with its parameters. The same search then finds a leak that is planted in each of the places.
"""

from __future__ import annotations

import base64
import gzip
import json
import logging
import os
import quopri
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from typing import cast as as_type
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest
import redis
from allauth.mfa.models import Authenticator
from celery import Celery
from django.conf import settings as django_settings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from access.allauth_adapter import MfaAdapter
from access.models import LogReview, LogReviewItem
from access.request_transaction import work
from cases.models import FollowUp, FollowUpState
from crypto.keys import Scope, new_data_key
from crypto.seal import seal
from reminders import engine
from sspf import local
from sspf.backups.postgres import dump, tools_for
from tests.cases import attachment_steps, commitment_steps, made_files, steps, talk_steps
from tests.cast import Cast
from tests.crypto.canary import Browser, Canaries, forms_of, opened, plant, read_all, sealed_fields
from tests.crypto.canary_reminders import be_told_otherwise
from tests.crypto.canary_requests import ask_and_report, seal_an_answer
from tests.crypto.canary_sharing import meet, open_in_emergency, tell_the_police
from tests.reminders import test_sms
from tests.reminders.conftest import MailServer, role
from tests.reminders.test_sms import Gateway
from tests.site import web_server

ROOT = Path(__file__).resolve().parents[2]


# The product's servers say less: terse, no statement with an error (sspf/embedded_postgres.py, docker-compose.yml).
LOGGED = {
    "log_statement": "all",
    "log_error_verbosity": "verbose",
    "log_min_error_statement": "error",
    "log_parameter_max_length_on_error": "-1",
}

# ------------------------------------------------------------------------------------------ the search


@pytest.mark.parametrize(
    "clothe",
    [
        pytest.param(lambda text: text.encode(), id="utf-8"),
        pytest.param(lambda text: text.encode("latin-1"), id="latin-1"),
        pytest.param(lambda text: text.upper().encode(), id="upper case"),
        pytest.param(lambda text: text.encode("utf-16-le"), id="utf-16-le"),
        pytest.param(lambda text: text.encode("utf-16-be"), id="utf-16-be"),
        pytest.param(lambda text: text.encode().hex().encode(), id="hex"),
        pytest.param(lambda text: text.encode().hex().upper().encode(), id="HEX"),
        pytest.param(lambda text: text.encode("utf-16-le").hex().encode(), id="hex of utf-16"),
        pytest.param(lambda text: base64.b64encode(text.encode()), id="base64"),
        pytest.param(lambda text: base64.b64encode(b"1" + text.encode()), id="base64, one on"),
        pytest.param(lambda text: base64.b64encode(b"12" + text.encode()), id="base64, two on"),
        pytest.param(lambda text: base64.urlsafe_b64encode(text.encode()), id="base64 of URLs"),
        pytest.param(lambda text: json.dumps({"a": text}).encode(), id="JSON"),
        pytest.param(lambda text: quote(text).encode(), id="percent"),
        pytest.param(lambda text: quopri.encodestring(text.encode()), id="quoted-printable"),
        pytest.param(lambda text: gzip.compress(b"a" * 500 + text.encode()), id="gzip"),
        pytest.param(
            lambda text: b"\x1f\x8b\x08 none " + gzip.compress(text.encode()), id="gzip, later"
        ),
    ],
)
def test_the_search_finds_a_canary_in_any_clothing(clothe: Callable[[str], bytes]) -> None:
    canaries = Canaries()
    assert canaries.found_in(b"x" * 1000 + clothe(canaries.of("a.b.c")) + b"y" * 1000)
    assert canaries.found_in(b"x" * 999 + clothe(canaries.number) + b"y" * 1000)
    assert Canaries().found_in(clothe(canaries.of("a.b.c"))) == []


def test_no_form_is_so_short_that_it_is_found_by_chance() -> None:
    canaries = Canaries()
    assert min(len(form) for word in canaries.words() for form in forms_of(word)) >= 10


gateway = test_sms.gateway

# ------------------------------------------------------------------------------------------- the places


@dataclass
class Site:
    """Everything the product's processes write to, in a test of its own."""

    folder: Path
    environment: Callable[[str], dict[str, str]]
    superuser: psycopg.Connection
    address: str = ""
    heard: list[bytes] = field(default_factory=list)
    mail: MailServer = field(default_factory=MailServer)

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    def of(self, role: str) -> dict[str, str]:
        return self.environment(role) | {
            "DJANGO_SETTINGS_MODULE": "tests.crypto.loud_settings",
            "SSPF_HOSTS": "localhost,127.0.0.1",
            "SSPF_REDIS_URL": self.redis_url,
            "SSPF_SMTP_URL": f"smtp://127.0.0.1:{self.mail.port}",
            "SSPF_CHECKPOINT_DIR": str(self.folder / "checkpoints"),
            "SSPF_AUDIT_KEY": local.ensure().secrets["audit_key"] if role == "sequencer" else "",
            "GUNICORN_CMD_ARGS": "-c deploy/gunicorn.conf.py",
            "TMPDIR": str(self.temporary),
        }

    @property
    def redis_url(self) -> str:
        """A numbered database of its own: what lies there is this test's."""
        return str(django_settings.CELERY_BROKER_URL).rsplit("/", 1)[0] + "/14"

    def places(self) -> dict[str, bytes]:
        """Everything there is to search, by where it lies."""
        database = Database(self.superuser)
        return {
            "dump": database.dumped(),
            "data directory": database.files(),
            "write-ahead log": database.wal(),
            "PostgreSQL's log": database.log(),
            "Redis": redis_content(self.redis_url),
            "web's log": read_all([self.folder / "web.log"]),
            "worker's log": read_all([self.folder / "worker.log"]),
            "sequencer's log": read_all([self.folder / "sequencer.log"]),
            "mail": b"".join(mail.as_bytes() for mail in self.mail.mails),
            "headers and cookies": b"".join(self.heard),
            "temporary files": read_all(self.temporary.rglob("*")),
            "checkpoints": read_all((self.folder / "checkpoints").rglob("*")),
        }


class Database:
    """What PostgreSQL has written anywhere."""

    def __init__(self, superuser: psycopg.Connection) -> None:
        self._superuser = superuser
        superuser.execute("CHECKPOINT")
        row = superuser.execute("SHOW data_directory").fetchone()
        assert row is not None
        self._folder = Path(row[0])

    def dumped(self) -> bytes:
        """As the superuser: more than any backup holds, sessions among it. Not compressed."""
        info = self._superuser.info
        conninfo = f"host={info.host} port={info.port} dbname={info.dbname} user={info.user}"
        tools = tools_for(info.server_version)
        return b"".join(dump(tools, f"{conninfo} password={info.password}", "--compress=0"))

    def files(self) -> bytes:
        row = self._superuser.execute(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        assert row is not None
        return read_all((self._folder / "base" / str(row[0])).iterdir())

    def wal(self) -> bytes:
        return read_all((self._folder / "pg_wal").iterdir())

    def log(self) -> bytes:
        return read_all([local.LOCAL / "log" / "postgres.log"])


def redis_content(url: str) -> bytes:
    """Keys, values as they are and as an RDB file holds them."""
    broker = redis.Redis.from_url(url)
    found = []
    for key in broker.scan_iter():
        found += [key, broker.dump(key) or b""]
        if broker.type(key) == b"list":
            found += broker.lrange(key, 0, -1)
    return b"\n".join(found)


@pytest.fixture
def canary_site(
    superuser: psycopg.Connection,
    committed: str,
    environment_of: Callable[[str], dict[str, str]],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Site]:
    if "SSPF_TEST_SUPERUSER_DSN" in os.environ:
        pytest.skip("the files of a server elsewhere cannot be searched")
    site = Site(tmp_path, environment_of, superuser)
    for name in ("tmp", "checkpoints"):
        (tmp_path / name).mkdir()
    for name, value in LOGGED.items():
        superuser.execute(f"ALTER DATABASE {committed} SET {name} = '{value}'")
    redis.Redis.from_url(site.redis_url).flushdb()
    site.mail.start()
    # Kept until the search: other tests write so much that the server would use the files again.
    superuser.execute("SELECT pg_create_physical_replication_slot(%s, true)", [committed])
    try:
        with web_server(site.of("web"), tmp_path / "web.log") as address:
            site.address = address
            yield site
    finally:
        superuser.execute("SELECT pg_drop_replication_slot(%s)", [committed])
        site.mail.stop()
        redis.Redis.from_url(site.redis_url).flushdb()


# -------------------------------------------------------------------------------------------- the story


class OverTheWire(Cast):
    """The cast, each with a browser that talks to the site's own web process."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def client(self, who: str, *, role: str | None = None, code: str | None = None) -> Client:
        signed_in = super().client(who, role=role, code=code)
        return as_type(Client, Browser(self._site.address, signed_in, self._site.heard))


def play(cast: Cast, canaries: Canaries) -> None:
    """The main story with a canary wherever somebody types."""

    def c(name: str) -> str:
        return canaries.of(f"cases.{name}")

    teacher, coordinator = cast.client("larare"), cast.client("koordinator")
    typed = {name: c(f"concern.{name}") for name in ("child", "seen", "place", "done")}
    steps.tell(teacher, **typed)
    steps.tell(teacher, **typed)
    caller = {name: value for name, value in typed.items() if name != "place"}
    by_phone = coordinator.post(
        "/oro/per-telefon/", steps.concern_fields(**caller, told_by=c("concern.sender"))
    )
    assert by_phone.status_code == 302, by_phone.content.decode()
    intake = "/inkommet/"
    case = steps.take(
        coordinator,
        steps.first_link(coordinator, intake, intake),
        name=c("person.name"),
        number=canaries.number,
        birth_date=canaries.birth_date,
    )
    declined = coordinator.post(
        steps.first_link(coordinator, intake, intake),
        {"act": "decline", "reason": c("concern.decision")},
    )
    assert declined.status_code == 302
    police = cast.membership("polis", code="1495")
    steps.guardian(coordinator, case, c("guardian_correction.name_was"))
    steps.correct_guardian(
        coordinator,
        case,
        name=c("guardian.name"),
        phone=c("guardian.phone"),
        address=c("guardian.address"),
        reason=c("guardian_correction.reason"),
    )
    steps.consent(
        coordinator,
        case,
        [police.agency_id],
        opinion=c("consent_event.note"),
        read_by=c("consent_event.read_by"),
        not_shared=c("consent.not_shared"),
        contact=c("consent.contact"),
        interpreter=c("consent.interpreter"),
    )
    shared = {"about": c("summary.about"), "body": c("summary.body")}
    summary = steps.write_summary(coordinator, case, [police.id], **shared)
    approved = cast.client("chef").post(summary, {"act": "approve", "seen_version": "0"})
    assert approved.status_code == 302
    meet(cast, case, c)
    promise(coordinator, case, cast, c("commitment.promise"))
    talk_through(coordinator, case, c)
    open_in_emergency(cast, case, c)
    attach(coordinator, case, canaries)
    teacher.post(
        "/orosanmalan/",
        {
            "made_at": "2026-11-20 10:42",
            "how": "phone",
            "received_by": c("report_made.received_by"),
        },
    )
    teacher.post("/oro/utkast/", steps.concern_fields(seen=c("concern_draft.payload")))
    close_off(cast, case, c)
    ask_and_report(cast, c)
    tell_the_police(cast, c, born=canaries.birth_date)


def promise(coordinator: Client, case: str, cast: Cast, text: str) -> None:
    fields = commitment_steps.fields(cast.membership("koordinator").id, promise=text)
    answer = coordinator.post(f"{case}atagande/", fields)
    assert answer.status_code == 302, answer.content.decode()


def close_off(cast: Cast, case: str, c: Callable[[str], str]) -> None:
    """Somebody has a conflict of interest, the person is protected, one more is named; each with its reason."""
    coordinator, manager = cast.client("koordinator"), cast.client("chef")
    worker = str(cast.membership("socialsekreterare-utanfor").id)
    conflict = {"who": worker, "kind": "declared", "reason": c("conflict.reason")}
    assert manager.post(f"{case}jav/", conflict).status_code == 302
    level: dict[str, Any] = {
        "act": "confirm",
        "to": "marked",
        "seen": "none",
        "named": [str(cast.membership(one).id) for one in ("koordinator", "chef")],
        "reason": c("protection_change.reason"),
    }
    assert coordinator.post(f"{case}skydd/", level).status_code == 302
    named = str(cast.membership("socialsekreterare").id)
    one_more = {"act": "name", "colleague": named, "reason": c("named_access.reason")}
    assert manager.post(f"{case}skydd/", one_more).status_code == 302


def attach(coordinator: Client, case: str, canaries: Canaries) -> None:
    """A file with a canary in its name, its note and itself; it comes back as it was."""
    content = made_files.pdf(spoil=lambda writer: writer.add_metadata({"/Title": canaries.core}))
    assert canaries.found_in(content)
    name = canaries.of("cases.attachment.name") + ".pdf"
    note = canaries.of("cases.attachment.note")
    answer = attachment_steps.upload(coordinator, case, content, name=name, note=note)
    assert answer.status_code == 302, answer.content.decode()
    link = re.search(attachment_steps.LINK, coordinator.get(case).content.decode())
    assert link
    assert coordinator.get(link[0]).content == content


def talk_through(coordinator: Client, case: str, c: Callable[[str], str]) -> None:
    prefix = "cases.conversation."
    written = {
        uid.removeprefix(prefix): c(uid.removeprefix("cases."))
        for uid in sealed_fields()
        if uid.startswith(prefix)
    }
    talk = talk_steps.invite(
        coordinator, case, **{name: written[name] for name in ("trigger", "invitation", "place")}
    )
    fields = talk_steps.finishing(**written, original="elsewhere")
    answer = coordinator.post(f"{talk}anteckningar/", fields)
    assert answer.status_code == 302, answer.content.decode()
    added = coordinator.post(talk, {"act": "add", "text": c("conversation_addition.text")})
    assert added.status_code == 302
    next_talk = talk_steps.invite(coordinator, case)
    drafted = talk_steps.notes(mapping=c("conversation_draft.payload"))
    assert coordinator.post(f"{next_talk}utkast/", drafted).status_code == 204


def planned_follow_up(cast: Cast) -> FollowUp:
    with work(cast.actor("koordinator")):
        return FollowUp.objects.get(state=FollowUpState.PLANNED)


def follow_up(cast: Cast, canaries: Canaries) -> None:
    planned = planned_follow_up(cast)
    fields = talk_steps.follow_up_fields(
        planned.version,
        responsible=str(planned.responsible_id),
        how=canaries.of("cases.follow_up.how"),
        agreed=canaries.of("cases.follow_up.agreed"),
    )
    answer = cast.client("koordinator").post(f"/uppfoljning/{planned.pk}/", fields)
    assert answer.status_code == 302, answer.content.decode()


def hold_a_form(site: Site, canaries: Canaries) -> None:
    """What is typed in a session that has locked meanwhile."""
    signed_in = Cast().client("fritidsledare")
    session = SessionStore(signed_in.cookies[django_settings.SESSION_COOKIE_NAME].value)
    session["seen"] = (datetime.now(UTC) - timedelta(minutes=16)).isoformat()
    session.save()
    locked = Browser(site.address, signed_in, site.heard)
    fields = steps.concern_fields(seen=canaries.of("access.held_form.payload"))
    assert locked.post("/oro/ny/", fields).status_code == 302


def seal_what_no_page_writes(cast: Cast, canaries: Canaries) -> None:
    """A choice among three; the log review, which needs a month of log; a second factor's secret."""
    seal_an_answer(cast, canaries.of("cases.feedback_answer.answer"))
    plant("cases.concern.guardians", canaries.of("cases.concern.guardians"))
    actor = cast.actor("logggranskare")
    place = {"municipality_id": actor.municipality_id, "agency_id": actor.agency_id}
    with work(actor):
        review = LogReview.objects.create(
            **place,
            month=datetime(2026, 10, 1, tzinfo=UTC).date(),
            checkpoint_size=1,
            checkpoint_root=bytes(32),
            checkpoint_at=datetime.now(UTC),
            events=1,
            drawn_at=datetime.now(UTC),
        )
        item_id = uuid4()
        key = new_data_key(**place, scope=Scope.CASE, scope_id=review.id)
        LogReviewItem.objects.create(
            **place,
            id=item_id,
            review=review,
            place=1,
            event_id=uuid4(),
            about_user=uuid4(),
            note=seal(
                canaries.of("access.log_review_item.note"),
                key=key,
                field="access.log_review_item.note",
                row_id=item_id,
            ),
        )
        Authenticator.objects.create(
            user_id=actor.user,
            type=Authenticator.Type.TOTP,
            data={"secret": MfaAdapter().encrypt(canaries.of("mfa.authenticator.secret"))},
        )


def errors(site: Site, cast: Cast, canaries: Canaries) -> dict[str, bytes]:
    """Each error page, provoked with a canary in what is sent; its name → all of its bytes."""
    teacher = as_type(Browser, cast.client("larare"))
    typed = steps.concern_fields(seen=canaries.of("typed.in.vain"))
    too_much = typed | {"done": canaries.of("typed.in.vain") * 60_000}
    asked = quote(canaries.of("typed.in.vain"))
    found = {
        # Django answers what is larger than DATA_UPLOAD_MAX_MEMORY_SIZE with 400, not 413.
        ("too large", 400): teacher.post("/oro/ny/", too_much),
        ("foreign host", 400): teacher.post("/oro/ny/", typed, Host="elsewhere.invalid"),
        ("forged", 403): teacher.post("/oro/ny/", typed, **{"X-CSRFToken": ""}),
        ("missing", 404): teacher.get(f"/arenden/{uuid4()}/?q={asked}"),
        ("no such page", 404): teacher.get(f"/{asked}/"),
    }
    site.superuser.execute("REVOKE INSERT ON audit.event FROM sspf_web")
    found["failed", 500] = teacher.post("/oro/ny/", typed)
    site.superuser.execute("GRANT INSERT ON audit.event TO sspf_web")
    assert [answer.status_code for answer in found.values()] == [status for _, status in found]
    return {name: answer.content + answer.head.as_bytes() for (name, _), answer in found.items()}


def conflict(cast: Cast, canaries: Canaries) -> None:
    """A page of conflict (409) is no error page: it shows the follow-up, and what was typed to who typed it."""
    planned = planned_follow_up(cast)
    fields = talk_steps.follow_up_fields(
        99, how=canaries.of("typed.in.vain"), responsible=str(planned.responsible_id)
    )
    answer = cast.client("koordinator").post(f"/uppfoljning/{planned.pk}/", fields)
    assert answer.status_code == 409
    assert canaries.of("typed.in.vain") in answer.content.decode()


def queue(site: Site) -> int:
    """What beat would send, and nobody takes: the messages lie there to be read."""
    sender = Celery(broker=site.redis_url)
    for entry in django_settings.CELERY_BEAT_SCHEDULE.values():
        routed = django_settings.CELERY_TASK_ROUTES.get(entry["task"], {}) | entry.get(
            "options", {}
        )
        where = routed.get("queue", django_settings.CELERY_TASK_DEFAULT_QUEUE)
        sender.send_task(entry["task"], args=entry.get("args", []), queue=where)
    queues = redis.Redis.from_url(site.redis_url)
    return sum(queues.llen(name) for name in django_settings.CELERY_TASK_QUEUES)


def run_worker(site: Site) -> None:
    command = [*("-m", "celery", "-A", "sspf.celery", "worker", "--pool", "solo", "-l", "DEBUG")]
    with (site.folder / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=site.of("worker"), stdout=log, stderr=log
        )
        try:
            deadline = time.monotonic() + 45
            done = b""
            while done.count(b"succeeded") < len(django_settings.CELERY_BEAT_SCHEDULE):
                assert time.monotonic() < deadline, done.decode(errors="replace")[-3000:]
                time.sleep(0.2)
                done = (site.folder / "worker.log").read_bytes()
        finally:
            worker.terminate()
            worker.wait(timeout=30)


def run_sequencer(site: Site) -> None:
    with (site.folder / "sequencer.log").open("wb") as log:
        subprocess.run(
            [sys.executable, "manage.py", "sequencer", "--once"],
            cwd=ROOT,
            env=site.of("sequencer"),
            stdout=log,
            stderr=log,
            check=True,
            timeout=240,
        )


def send_mail(site: Site, settings: object) -> None:
    """Every reminder that the story made, sent to a real SMTP server on a weekday to come."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", site.mail.port  # type: ignore[attr-defined]
    with role("worker"):
        for days in (1, 3, 30):
            engine.tick(datetime.now(UTC).replace(hour=9) + timedelta(days=days))


@pytest.mark.slow
def test_no_canary_is_anywhere_and_a_leak_in_any_place_is_found(
    canary_site: Site,
    settings: object,
    gateway: type[Gateway],
    caplog: pytest.LogCaptureFixture,
) -> None:
    site, canaries = canary_site, Canaries()
    cast = OverTheWire(site)
    with caplog.at_level(logging.DEBUG):
        play(cast, canaries)
        follow_up(cast, canaries)
        hold_a_form(site, canaries)
        seal_what_no_page_writes(Cast(), canaries)
        pages = errors(site, cast, canaries)
        conflict(cast, canaries)
        calendar = be_told_otherwise(cast)
        assert queue(site) == len(django_settings.CELERY_BEAT_SCHEDULE)
        queued = redis_content(site.redis_url)
        run_worker(site)
        run_sequencer(site)
        send_mail(site, settings)

    assert without_a_canary(canaries) == set()
    places = site.places() | {
        "Celery's messages": queued,
        "this process's log": caplog.text.encode(),
        "calendar": calendar,
        "SMS": json.dumps(gateway.got).encode() if gateway.got else b"",
        **{f"error page: {name}": page for name, page in pages.items()},
    }
    assert {place for place, found in places.items() if not found} == {"temporary files"}
    assert {place: canaries.found_in(held) for place, held in places.items()} == {
        place: [] for place in places
    }
    # The places tell of what happened there, so that empty ones cannot pass.
    assert b"INSERT INTO" in places["PostgreSQL's log"]
    assert b"an address that is none of ours" in places["web's log"]
    assert b"INSERT INTO" in places["web's log"]
    assert_found_where_planted(site)


def without_a_canary(canaries: Canaries) -> set[str]:
    """The sealed fields of which no row holds their own canary; a new field stands here until it has one."""
    own = {uid: canaries.of(uid) for uid in sealed_fields()} | {
        "cases.person.birth_date": canaries.birth_date,
        "cases.person_identifier.value": canaries.number.replace("-", ""),
        # Who is to sign is put together from the guardians' names.
        "cases.consent.signed_by": canaries.of("cases.guardian.name"),
        "cases.summary.born": canaries.birth_date,
        # The called hold a copy of what the meeting says.
        "cases.meeting_call.place": canaries.of("cases.meeting.place"),
        "cases.meeting_call.about": canaries.of("cases.meeting.about"),
        # What is released is a copy of the summary.
        "cases.release.about": canaries.of("cases.summary.about"),
        "cases.release.body": canaries.of("cases.summary.body"),
    }
    held = opened()
    return {
        uid
        for uid, marker in own.items()
        if marker not in held[uid] and json.dumps(marker)[1:-1] not in held[uid]
    }


def assert_found_where_planted(site: Site) -> None:
    leak = Canaries()
    text = leak.of("a.leak.here")
    for name, value in LOGGED.items():  # This connection is older than the database's own settings.
        site.superuser.execute(f"SET {name} = '{value}'")
    site.superuser.execute("CREATE TABLE leak (said text)")
    site.superuser.execute("INSERT INTO leak VALUES (%s)", [text])
    redis.Redis.from_url(site.redis_url).set("leak", text)
    with (site.folder / "web.log").open("ab") as log:
        log.write(text.encode())
    (site.temporary / "leak").write_text(text, encoding="utf-16-le")
    found = {place for place, held in site.places().items() if leak.found_in(held)}
    assert found == {
        *("dump", "data directory", "write-ahead log", "PostgreSQL's log"),
        *("Redis", "web's log", "temporary files"),
    }
