"""A site in which a view can be put in the place of another: where leaks are planted, to be found."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from django.urls import clear_url_caches, path, reverse

from cases.urls import urlpatterns as cases_urls
from sspf import urls
from tests.crawl.crawler import Visitor
from tests.crawl.graph import Row
from tests.crawl.markers import marker_of
from tests.crawl.sought import World
from tests.crawl.visits import Visit

View = Callable[..., Any]


class Site:
    """One who works on cases, a case of theirs and one that is hidden; views can be put in the place of others."""

    def __init__(self, world: World, settings: Any) -> None:
        self.world, self._settings = world, settings
        self.visit = Visit(world, "social_worker")
        most = max(self.visit.members(), key=lambda one: len(world.told_to(one)[1]))
        self.visitor = Visitor(world, most, self.visit.totals)
        cases = list(world.graph.all("cases.case"))
        listed = self.visitor.expected.listed["cases.case"]
        open_cases = [row for row in cases if row.id in listed and row.stage == "active"]
        self.own: Row = open_cases[0]
        self.hidden: Row = next(row for row in cases if row.id not in listed)
        self.secret = marker_of("cases.person.name", self.hidden.person_id)
        assert self.secret in world.cells

    def plant(self, route: str, change: Callable[[View], View]) -> None:
        """`change` is given the route's view and gives the one to serve instead."""
        (known,) = [entry for entry in cases_urls if entry.name == route]
        planted = ModuleType("planted_urls")
        pattern = str(known.pattern)
        planted.urlpatterns = [  # type: ignore[attr-defined]
            path(pattern, change(known.callback), name=route),
            *urls.urlpatterns,
        ]
        planted.handler500 = urls.handler500  # type: ignore[attr-defined]
        self.served = self._settings.ROOT_URLCONF = planted
        clear_url_caches()

    def after(self, route: str, act: Callable[[Any], Any]) -> None:
        """The view's answer goes through `act`, which may give another."""

        def change(view: View) -> View:
            def planted(request: Any, **kwargs: Any) -> Any:
                answer = view(request, **kwargs)
                return act(answer) or answer

            return planted

        self.plant(route, change)

    def said(self, route: str = "case_list", **kwargs: Any) -> list[str]:
        self.visitor.ask(reverse(route, kwargs=kwargs or None))
        return self.visitor.faults

    def hidden_and_missing(self, route: str = "case_detail") -> list[str]:
        nothing = self.visit._of_nothing(self.visitor, route, "GET")
        hidden = reverse(route, kwargs={"pk": self.hidden.id})
        self.visit._compare(self.visitor, "GET", hidden, nothing)
        return self.visitor.faults
