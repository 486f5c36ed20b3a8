"""One member's browser: every answer it gets is held against what the member is to see."""

from __future__ import annotations

import html
import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self
from uuid import UUID

from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import timezone

from access.actor import MEMBERSHIP_KEY, actor_of
from access.models import Membership
from access.request_transaction import set_partition
from access.session_guard import DEMO_FACTOR
from audit.models import AuditEvent
from tests.crawl.expect import Cell, Expectation
from tests.crawl.graph import Graph, Row
from tests.crawl.markers import MARKER, RAW_MARKUP, readings
from tests.crawl.pages import LOG_PAGES

IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# What differs from one answer to the next whatever the page: form tokens, and the path to come back to.
TOKENS = re.compile(r'name="(csrfmiddlewaretoken|next)" value="[^"]*"')
LINKS = re.compile(r'(?:href|action|src)="(/[^"#]*)"')
# A number that was drawn for one row; other labels are words.
DRAWN = re.compile(r"\b[A-Z]\d\d-\w{5}\b")
# A date, or a number in one of its forms.
VALUE_LIKE = re.compile(r"\b(?:\d{4}-\d\d-\d\d|\d{6,8}-?\d{4})\b")
FIELDS = re.compile(r"<(?:input|select|textarea|button)\b[^>]*>")
NAME, VALUE = re.compile(r'\bname="([^"]*)"'), re.compile(r'\bvalue="([^"]*)"')
READS = {"read"}


@dataclass
class World:
    """The graph with everything that may be found in an answer, by how it is written."""

    graph: Graph
    cells: dict[str, Cell]
    numbers: dict[str, set[tuple[str, UUID]]] = field(default_factory=lambda: defaultdict(set))
    ids: dict[str, tuple[str, UUID]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for label, rows in self.graph.rows.items():
            for row in rows.values():
                self.ids[str(row.id)] = (label, row.id)
                for column in ("number", "label"):
                    if DRAWN.fullmatch(str(getattr(row, column, ""))):
                        self.numbers[getattr(row, column)].add((label, row.id))

    def cells_in(self, body: bytes) -> set[Cell]:
        return {cell for text in readings(body) for cell in self.cells_in_plain(text)}

    def cells_in_plain(self, text: str) -> set[Cell]:
        """Markers, and dates and numbers that are a cell's value, as they stand."""
        found = {hit.upper() for hit in MARKER.findall(text)} | set(VALUE_LIKE.findall(text))
        return {self.cells[one] for one in found & self.cells.keys()}

    def numbers_in(self, text: str) -> set[str]:
        return set(DRAWN.findall(text)) & self.numbers.keys()


class LogWatch(logging.Handler):
    """Every line of every log while it is on, at DEBUG; only those with something sought are kept."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.DEBUG)
        self.world, self.kept = world, list[str]()

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        if self.world.cells_in_plain(line):
            self.kept.append(f"{record.name} {record.levelname}")

    def __enter__(self) -> Self:
        root = logging.getLogger()
        self._before = root.level
        root.addHandler(self)
        root.setLevel(logging.DEBUG)
        return self

    def __exit__(self, *_exc: object) -> None:
        root = logging.getLogger()
        root.removeHandler(self)
        root.setLevel(self._before)


@dataclass
class Answer:
    """What came back, with all of it as bytes to search."""

    status: int
    body: bytes
    head: str
    content_type: str
    cells: set[Cell] = field(default_factory=set)

    @property
    def everything(self) -> bytes:
        return self.head.encode() + b"\n\n" + self.body


@dataclass
class Totals:
    """What was done; printed by `make crawl`."""

    counts: Counter[str] = field(default_factory=Counter)
    routes: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)


class Visitor:
    """Walks the site as one membership; `faults` names everything that is not as it should be."""

    def __init__(self, world: World, member: Row, totals: Totals) -> None:
        self.world, self.member, self.totals = world, member, totals
        self.expected = Expectation(world.graph, member)
        self.readable = self.expected.cells(set(world.cells.values()))
        self.faults: list[str] = []
        # Cell → the routes that showed it.
        self.seen: dict[Cell, set[str]] = defaultdict(set)
        # Route → the first page of it that opened.
        self.pages: dict[str, tuple[str, Answer]] = {}
        self.without_id: Counter[str] = Counter()
        self.client = _client(member.id)
        self._actor = actor_of(
            Membership.objects.select_related("user", "unit", "agency", "municipality").get(
                pk=member.id
            )
        )
        self._known_ids = self._carried()

    def _carried(self) -> set[str]:
        """Ids that the member learns lawfully: of rows that exist for them, and what those rows name."""
        known = set()
        for label, ids in self.expected.listed.items():
            for one in ids:
                row = self.world.graph.rows[label][one]
                known |= {str(value) for value in vars(row).values() if isinstance(value, UUID)}
        return known

    def fault(self, what: str, where: str) -> None:
        self.faults.append(f"{self.member.role} of {self._actor.agency_name}: {where}: {what}")

    def ask(self, path: str, method: str = "GET", data: Any = None) -> Answer:
        """One request, all of whose changes are undone afterwards; what it shows is held against the table."""
        started, given = timezone.now(), {}
        if data is not None:
            given["data"] = data
        with transaction.atomic(), LogWatch(self.world) as log:
            raw = getattr(self.client, method.lower())(path, **given)
            answer = _answer(raw)
            sent = " ".join(str(value) for value in (data or {}).values())
            self._look(answer, f"{method} {path}", path, started, sent=sent)
            transaction.set_rollback(True)
        for name in log.kept:
            self.fault(f"LEAK in the log ({name})", f"{method} {path}")
        self.totals.counts["requests"] += 1
        self.totals.methods.add(method)
        return answer

    # ------------------------------------------------------------------------------- one answer

    def _look(self, answer: Answer, where: str, path: str, started: Any, *, sent: str) -> None:
        text = answer.everything.decode("utf-8", errors="replace")
        answer.cells = self.world.cells_in(answer.everything)
        for cell in answer.cells - self.readable:
            self.fault(f"LEAK of {cell.uid} (row {cell.row_id})", where)
        # What was typed comes back in its field: it told nothing.
        self._look_at_existence(text, where, path, told=set(IDS.findall(f"{path} {sent}")))
        if RAW_MARKUP.search(text) and "html" in answer.content_type:
            self.fault("text typed by somebody is markup in the page", where)
        if answer.status >= 500:
            self.fault(f"answered {answer.status}", where)
        shown = answer.cells & self.readable
        if shown:
            route = route_of(path)
            for cell in shown:
                self.seen[cell].add(route)
            self._look_for_reads(shown, where, started)
            self.totals.counts["shown"] += len(shown)

    def _of_openings(self) -> set[str]:
        """Who made or reviews an emergency opening knows which case it was: the opener typed its number."""
        rows = self.expected.graph.rows
        mine = self.expected.listed["cases.breakglass"]
        return {
            rows["cases.case"][one.case_id].number
            for pk, one in rows["cases.breakglass"].items()
            if pk in mine
        }

    def _look_at_existence(self, text: str, where: str, path: str, *, told: set[str]) -> None:
        for found in set(IDS.findall(text)) - self._known_ids - told:
            if found in self.world.ids:
                label, _id = self.world.ids[found]
                if label in self.expected.listed:
                    self.fault(f"LEAK of the existence of a {label} (its id)", where)
        if route_of(path) in LOG_PAGES and self.member.role == "log_reviewer":
            return
        for number in self.world.numbers_in(text):
            if number in self._of_openings():
                continue
            carriers = self.world.numbers[number]
            if not any(pk in self.expected.listed.get(label, ()) for label, pk in carriers):
                self.fault(f"LEAK of the existence of {min(carriers)[0]} {number}", where)

    def _look_for_reads(self, shown: set[Cell], where: str, started: Any) -> None:
        set_partition(self._actor)
        events = list(
            AuditEvent.objects.filter(
                actor_membership_id=self.member.id, occurred_at__gte=started, action__in=READS
            ).values_list("object_id", "case_id", "field_groups")
        )
        graph = self.world.graph
        for cell in shown:
            case = graph.case_of(cell.label, graph.rows[cell.label][cell.row_id])
            if not any(
                cell.group in groups and (object_id == cell.row_id or (case and case_id == case))
                for object_id, case_id, groups in events
            ):
                self.fault(f"NO READ EVENT for {cell.uid} (row {cell.row_id})", where)
            else:
                self.totals.counts["events matched"] += 1


@lru_cache(maxsize=4096)
def route_of(path: str) -> str:
    """The route's name; empty for a path of none."""
    try:
        return str(resolve(path.partition("?")[0]).url_name or "")
    except Resolver404:
        return ""


def links_in(answer: Answer) -> Iterable[str]:
    if "html" not in answer.content_type:
        return []
    return LINKS.findall(answer.body.decode("utf-8", errors="replace").replace("&amp;", "&"))


def fields_in(answer: Answer) -> list[tuple[str, str]]:
    """(name, value) of each field of the page's own forms; the frame's forms (language, sign-out) have none of these."""
    text = (
        answer.body.decode("utf-8", errors="replace").partition("<main")[2].partition("</main")[0]
    )
    found = []
    for tag in FIELDS.findall(text):
        name, value = NAME.search(tag), VALUE.search(tag)
        if name and name[1] != "csrfmiddlewaretoken":
            found.append((name[1], html.unescape(value[1]) if value else ""))
    return found


def masked(answer: Answer, *ids: str) -> str:
    """The body without what differs from one answer to the next: tokens, and the id that was asked for."""
    text = TOKENS.sub("", answer.body.decode("utf-8", errors="replace"))
    for one in ids:
        text = text.replace(one, "‹id›")
    return text


def _answer(raw: Any) -> Answer:
    body = b"".join(raw.streaming_content) if raw.streaming else raw.content
    head = "\n".join(
        [*(f"{k}: {v}" for k, v in raw.items()), *(str(c) for c in raw.cookies.values())]
    )
    return Answer(raw.status_code, body, head, raw.get("Content-Type", ""))


def _client(membership_id: UUID) -> Client:
    """Signed in with the second factor done, as `tests.cast.Cast.client`; a fault in a view is an answer, not a stop."""
    membership = Membership.objects.select_related("user").get(pk=membership_id)
    client = Client(raise_request_exception=False)
    client.force_login(
        membership.user, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    session = client.session
    session[DEMO_FACTOR] = True
    session[MEMBERSHIP_KEY] = str(membership.id)
    session["started"] = session["seen"] = timezone.now().isoformat()
    session.save()
    return client
