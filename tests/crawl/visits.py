"""The crawl of one role: all of its members walk the site; then what is foreign and what is missing is compared."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from access.routes import classified
from tests.crawl.crawler import (
    Answer,
    Totals,
    Visitor,
    fields_in,
    links_in,
    masked,
    posts_to_itself,
    route_of,
)
from tests.crawl.expect import Cell
from tests.crawl.forced import forced
from tests.crawl.graph import Row
from tests.crawl.pages import (
    ASKED_BY_ID,
    NO_PAGE_FOR,
    NO_PAGE_YET,
    NOT_FOLLOWED,
    NOT_SHOWN,
    NOT_WHERE_ENDED,
    SHOWN_ON,
    UNWELL,
)
from tests.crawl.relations import ENDED, cases_of
from tests.crawl.sought import IDS, World

METHODS = ("HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
BUCKET = 256
SHOWING = {route for routes_of in SHOWN_ON.values() for route in routes_of}
HOSTILE = "<script>alert(1)</script> '; DROP TABLE x;-- \u202e =1+1 {{ 7 }} ../../etc å\x00"


def routes(patterns: Any = None) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every named route with the names of its parameters."""
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns)
        elif isinstance(entry, URLPattern):
            yield str(entry.name), tuple(entry.pattern.converters)


@dataclass
class Visit:
    """A role's crawl; `taken[route]` is the label of the rows whose ids the route takes, as links told."""

    world: World
    role: str
    totals: Totals = field(default_factory=Totals)
    faults: list[str] = field(default_factory=list)
    taken: dict[str, str] = field(default_factory=dict)
    draw: random.Random = field(default_factory=lambda: random.Random(4))

    def members(self) -> list[Row]:
        return sorted(
            (one for one in self.world.graph.in_force() if one.role == self.role),
            key=lambda one: str(one.id),
        )

    def run(self) -> None:
        visitors = [Visitor(self.world, member, self.totals) for member in self.members()]
        for visitor in visitors:
            self.totals.counts["members"] += 1
            self.walk(visitor)
            self.over_blocked(visitor)
        if visitors:
            # One that sees most of its own stands for the role where only the role decides.
            most = max(visitors, key=lambda one: len(one.readable))
            self.closed(most)
            self.forms(most)
            forms = [path for path, answer in most.pages.values() if posts_to_itself(answer)]
            forced(most, forms[:3])
            for visitor in visitors:
                self.foreign(visitor, thorough=visitor is most)
        for visitor in visitors:
            self.faults += visitor.faults

    # ------------------------------------------------------------------------------------ what is own

    def walk(self, visitor: Visitor) -> None:
        """Every page without parameters that is open to the role, and every link from there on."""
        waiting = [
            reverse(name)
            for name, parameters in routes()
            if not parameters and self.role in classified().get(name, ())
        ]
        waiting += [
            reverse(route, kwargs={"pk": pk})
            for route, label in ASKED_BY_ID.items()
            if self.role in classified()[route]
            for pk in visitor.expected.listed[label]
        ]
        asked: set[str] = set()
        while waiting:
            path = waiting.pop()
            route = route_of(path)
            if path in asked or not route or route in NOT_FOLLOWED | UNWELL:
                continue
            asked.add(path)
            if self._enough_of(visitor, route, with_id=bool(IDS.search(path))):
                continue
            self.totals.routes.add(route)
            self._learn(route, path)
            answer = visitor.ask(path)
            if answer.status == 200:
                self.totals.counts["pages"] += 1
                visitor.pages.setdefault(route, (path, answer))
            waiting += links_in(answer)
            if self.role not in classified().get(route, ()) and answer.status not in {404, 302}:
                visitor.fault(f"answered {answer.status} to a role outside its row", path)

    @staticmethod
    def _enough_of(visitor: Visitor, route: str, *, with_id: bool) -> bool:
        """Every row's page that shows texts is looked at; of forms and papers of rows, and of pages without a row, a few."""
        if with_id and route in SHOWING:
            return False
        visitor.without_id[route] += 1
        return visitor.without_id[route] > 2

    def _learn(self, route: str, path: str) -> None:
        for part in path.split("/"):
            if part in self.world.ids:
                self.taken[route] = self.world.ids[part][0]

    def over_blocked(self, visitor: Visitor) -> None:
        """What the table allows shows on one of the pages that the list of pages names."""
        for cell in visitor.readable:
            if cell.uid in NOT_SHOWN or (self.role, cell.uid) in NO_PAGE_FOR:
                continue
            if cell.group in NO_PAGE_YET:
                continue
            if cell.uid in NOT_WHERE_ENDED and self._has_ended(cell):
                continue
            pages = SHOWN_ON.get(cell.group)
            if pages is None:
                visitor.fault(f"{cell.group} has no row in tests/crawl/pages.py", cell.uid)
            elif not visitor.seen[cell] & set(pages):
                visitor.fault(
                    f"MISSING on {', '.join(pages)}: the table allows it (row {cell.row_id})",
                    cell.uid,
                )
            else:
                self.totals.counts["allowed and shown"] += 1

    def _has_ended(self, cell: Cell) -> bool:
        graph = self.world.graph
        cases = cases_of(graph, cell.label, graph.rows[cell.label][cell.row_id])
        return all(graph.rows["cases.case"][case].stage in ENDED for case in cases)

    # --------------------------------------------------------------------------------- what is foreign

    def foreign(self, visitor: Visitor, *, thorough: bool) -> None:
        """Ids of others' rows, one of each kind of stranger, are answered as ids of nothing."""
        for route, parameters in routes():
            if parameters != ("pk",) or self.role not in classified().get(route, ()):
                continue
            if not thorough and route not in SHOWING:
                continue
            label = self.taken.get(route)
            missing = self._of_nothing(visitor, route, "GET")
            posted = self._of_nothing(visitor, route, "POST") if thorough else None
            for pk in self._strangers(visitor, label):
                path = reverse(route, kwargs={"pk": pk})
                self._compare(visitor, "GET", path, missing)
                if posted:
                    self._compare(visitor, "POST", path, posted)
            if thorough:
                self._other_methods(visitor, route, label)

    def _strangers(self, visitor: Visitor, label: str | None) -> Iterator[UUID]:
        """Per kind of row: same agency but not mine, another agency, another municipality."""
        # Where no link has told what a route takes, two kinds of row are tried.
        some = [label] if label else self.draw.sample(sorted(visitor.expected.listed), 2)
        for one in some:
            hidden: dict[str, list[UUID]] = defaultdict(list)
            for row in self.world.graph.all(one):
                if row.id not in visitor.expected.listed.get(one, ()):
                    hidden[_distance(visitor.member, row)].append(row.id)
            kinds = hidden if label else dict(list(hidden.items())[:1])
            for ids in kinds.values():
                yield self.draw.choice(ids)

    def _of_nothing(self, visitor: Visitor, route: str, method: str) -> tuple[Answer, str]:
        pk = UUID(int=self.draw.getrandbits(128), version=4)
        return visitor.ask(reverse(route, kwargs={"pk": pk}), method), str(pk)

    def _compare(
        self, visitor: Visitor, method: str, path: str, nothing: tuple[Answer, str]
    ) -> None:
        answer, (missing, random_id) = visitor.ask(path, method), nothing
        ours, theirs = masked(answer, *IDS.findall(path)), masked(missing, random_id)
        self.totals.counts["hidden and missing compared"] += 1
        if answer.status != missing.status:
            visitor.fault(f"hidden answers {answer.status}, missing {missing.status}", path)
        elif len(ours) // BUCKET != len(theirs) // BUCKET or ours != theirs:
            visitor.fault("hidden and missing are told apart by the body", f"{method} {path}")

    def _other_methods(self, visitor: Visitor, route: str, label: str | None) -> None:
        own = sorted(visitor.expected.listed.get(label or "", ()), key=str)[:1]
        hidden = list(self._strangers(visitor, label))[:1]
        for pk in (*own, *hidden):
            for method in METHODS[2:] if pk in own else METHODS:
                answer = visitor.ask(reverse(route, kwargs={"pk": pk}), method)
                if method not in {"HEAD", "POST", "OPTIONS"} and answer.status not in {404, 405}:
                    visitor.fault(f"answered {answer.status}", f"{method} {route}")

    # ------------------------------------------------------------------------------------------- forms

    def forms(self, visitor: Visitor) -> None:
        """One page of each route: its form sent with nothing in it, then with others' ids and hostile text."""
        strangers = [
            str(row.id)
            for rows in self.world.graph.rows.values()
            for row in rows.values()
            if row.municipality_id != visitor.member.municipality_id
        ]
        for path, answer in visitor.pages.values():
            fields = fields_in(answer)
            if not fields:
                continue
            hostile = {
                name: self.draw.choice(strangers) if IDS.fullmatch(value) else value or HOSTILE
                for name, value in fields
            }
            for data in ({}, {"act": hostile.get("act", "")}, hostile):
                self.totals.counts["forms sent"] += 1
                visitor.ask(path, "POST", data)

    # ----------------------------------------------------------------------------------- what is closed

    def closed(self, visitor: Visitor) -> None:
        """A page that is closed to the role is one that does not exist, with whatever method and id."""
        nothing = self._missing_page(visitor)
        for route, parameters in routes():
            if self.role in classified().get(route, ()):
                continue
            given: dict[str, Any] = {
                name: UUID(int=self.draw.getrandbits(128), version=4) if name == "pk" else "2020"
                for name in parameters
            }
            try:
                path = reverse(route, kwargs=given)
            except Exception:  # noqa: BLE001 - a parameter of another form is reached by links only
                continue
            self.totals.routes.add(route)
            for method in ("GET", self.draw.choice(METHODS[1:])):
                answer = visitor.ask(path, method)
                if answer.status != 404:
                    visitor.fault(f"answered {answer.status} though closed", f"{method} {path}")
                elif masked(answer) != nothing:
                    visitor.fault("closed and missing are told apart", f"{method} {path}")

    def _missing_page(self, visitor: Visitor) -> str:
        """What an id of nothing gives on a page that is open to the role; on a closed one where there is none."""
        with_id = [name for name, parameters in routes() if parameters == ("pk",)]
        own = [name for name in with_id if self.role in classified().get(name, ())]
        for route in (*own, *with_id):
            answer, pk = self._of_nothing(visitor, route, "GET")
            if answer.status == 404:
                return masked(answer, pk)
        raise LookupError("no page answers 404")


def _distance(member: Row, row: Row) -> str:
    if row.municipality_id != member.municipality_id:
        return "another municipality"
    return "same agency" if row.agency_id == member.agency_id else "another agency"
