"""One member's browser: every answer it gets is held against what the member is to see."""

from __future__ import annotations

import html
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
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
from tests.crawl.expect import Cell
from tests.crawl.graph import Row
from tests.crawl.markers import RAW_MARKUP, readings
from tests.crawl.pages import LOG_PAGES
from tests.crawl.sought import IDS, LogWatch, World

# What differs from one answer to the next whatever the page: form tokens, and the path to come back to.
TOKENS = re.compile(r'name="(csrfmiddlewaretoken|next)" value="[^"]*"')
LINKS = re.compile(r'(?:href|action|src)="(/[^"#]*)"')
FIELDS = re.compile(r"<(?:input|select|textarea|button)\b[^>]*>")
OWN_FORM = re.compile(r'<form\b(?![^>]*\baction=)[^>]*\bmethod="post"')
NAME, VALUE = re.compile(r'\bname="([^"]*)"'), re.compile(r'\bvalue="([^"]*)"')
READS = {"read"}
# On every page of whoever made an emergency opening, while it lasts: which case it is.
BANNER = re.compile(r'<p class="s-banner__text">.*?</p>', re.DOTALL)
# In that banner, how many minutes are left: one fewer when the minute turns between two answers.
MINUTES_LEFT = re.compile(r"\(\d+ minut(?:er)? kvar\)")
OPENING_PAGES = frozenset({"break_glass_case", "break_glass_review"})


@dataclass
class Answer:
    """What came back, with all of it as bytes to search."""

    status: int
    body: bytes
    head: str
    content_type: str
    cells: set[Cell] = field(default_factory=set)

    @property
    def page(self) -> str:
        return self.body.decode("utf-8", errors="replace")

    def texts(self) -> list[str]:
        """Head and body, in every way in which a text may stand in them."""
        return [*readings(self.head.encode()), *readings(self.body)]


@dataclass
class Totals:
    """What was done; printed by `make crawl`."""

    counts: Counter[str] = field(default_factory=Counter)
    routes: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)
    urls: set[str] = field(default_factory=set)
    # Route → seconds that its answers took, all of them together.
    took: dict[str, float] = field(default_factory=lambda: defaultdict(float))


class Visitor:
    """Walks the site as one membership; `faults` names everything that is not as it should be."""

    def __init__(self, world: World, member: Row, totals: Totals) -> None:
        self.world, self.member, self.totals = world, member, totals
        self.expected, self.readable = world.told_to(member)
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

    def ask(
        self,
        path: str,
        method: str = "GET",
        data: Any = None,
        *,
        fails: bool = False,
        **extra: Any,
    ) -> Answer:
        """One request, all of whose changes are undone afterwards; what it shows is held against the table.

        fails: an answer of 500 is what was asked for. extra: what the test client takes besides, such as headers.
        """
        started, clock = timezone.now(), time.monotonic()
        given = extra if data is None else extra | {"data": data}
        with transaction.atomic(), LogWatch(self.world) as log:
            raw = getattr(self.client, method.lower())(path, **given)
            answer = _answer(raw)
            sent = " ".join(str(value) for value in (data or {}).values())
            self._look(answer, f"{method} {path}", path, started, sent=sent)
            transaction.set_rollback(True)
        if answer.status >= 500 and not fails:
            self.fault(f"answered {answer.status}", f"{method} {path}")
        for name in log.kept:
            self.fault(f"LEAK in the log ({name})", f"{method} {path}")
        self.totals.counts["requests"] += 1
        self.totals.methods.add(method)
        self.totals.urls.add(path)
        self.totals.took[route_of(path) or "no page"] += time.monotonic() - clock
        return answer

    # ------------------------------------------------------------------------------- one answer

    def _look(self, answer: Answer, where: str, path: str, started: Any, *, sent: str) -> None:
        texts = answer.texts()
        answer.cells = self.world.cells_in(texts)
        for cell in answer.cells - self.readable:
            self.fault(f"LEAK of {cell.uid} (row {cell.row_id})", where)
        # What was typed comes back in its field: it told nothing.
        told = {one.lower() for one in IDS.findall(f"{path} {sent}")}
        self._look_at_existence(texts, where, path, told=told)
        if "html" in answer.content_type and RAW_MARKUP.search(answer.page):
            self.fault("text typed by somebody is markup in the page", where)
        shown = answer.cells & self.readable
        if shown:
            route = route_of(path)
            for cell in shown:
                self.seen[cell].add(route)
            self._look_for_reads(shown, where, started)
            self.totals.counts["cells shown"] += len(shown)

    def _look_at_existence(
        self, texts: list[str], where: str, path: str, *, told: set[str]
    ) -> None:
        for found in self.world.ids_in(texts) - self._known_ids - told:
            label, _id = self.world.ids[found]
            if label in self.expected.listed:
                self.fault(f"LEAK of the existence of a {label} (its id)", where)
        if route_of(path) in LOG_PAGES and self.member.role == "log_reviewer":
            return
        banners = [found for text in texts for found in BANNER.findall(text)]
        beside = [BANNER.sub("", text) for text in texts] if banners else texts
        numbers = self.world.numbers_in(beside) - self.numbers_of_openings(path)
        for number in numbers | (self.world.numbers_in(banners) - self.numbers_of_openings()):
            carriers = self.world.numbers[number]
            if not any(pk in self.expected.listed.get(label, ()) for label, pk in carriers):
                self.fault(f"LEAK of the existence of {min(carriers)[0]} {number}", where)

    def numbers_of_openings(self, path: str = "") -> set[str]:
        """Numbers of cases that an emergency opening tells of, to whoever made or reviews it, on the opening's own page.

        Without a path: in the banner of whoever made it, while it lasts.
        """
        rows, now = self.expected.graph.rows, timezone.now()
        mine = [rows["cases.breakglass"][pk] for pk in self.expected.listed["cases.breakglass"]]
        if path:
            here = [one for one in mine if str(one.id) in path]
            told = here if route_of(path) in OPENING_PAGES else []
        else:
            told = [
                one
                for one in mine
                if one.membership_id == self.member.id
                and one.opened_at <= now < one.until
                and one.ended_at is None
            ]
        return {rows["cases.case"][one.case_id].number for one in told}

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
    return LINKS.findall(answer.page.replace("&amp;", "&"))


def fields_in(answer: Answer) -> list[tuple[str, str]]:
    """(name, value) of each field of the page's own forms; the frame's forms (language, sign-out) have none of these."""
    text = answer.page.partition("<main")[2].partition("</main")[0]
    found = []
    for tag in FIELDS.findall(text):
        name, value = NAME.search(tag), VALUE.search(tag)
        if name and name[1] != "csrfmiddlewaretoken":
            found.append((name[1], html.unescape(value[1]) if value else ""))
    return found


def posts_to_itself(answer: Answer) -> bool:
    return bool(OWN_FORM.search(answer.page.partition("<main")[2]))


def masked(answer: Answer, *ids: str) -> str:
    """The body without what differs from one answer to the next: tokens, minutes left, and the id that was asked for."""
    text = TOKENS.sub("", answer.page)
    text = BANNER.sub(lambda banner: MINUTES_LEFT.sub("", banner[0]), text)
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
