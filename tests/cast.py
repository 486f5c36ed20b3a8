"""The cast: people of the demo's municipalities, as actors for services and as signed-in browsers."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from access.actor import MEMBERSHIP_KEY, Actor, actor_of
from access.models import Membership
from access.session_guard import DEMO_FACTOR


class Cast:
    """`cast.actor("larare")` acts in services; `cast.client("larare")` is their browser."""

    def membership(
        self, who: str, *, role: str | None = None, code: str | None = None
    ) -> Membership:
        held = (
            Membership.objects.filter(user__demo_cast=who)
            .select_related("user", "unit", "agency", "municipality")
            .order_by("starts_on", "id")
        )
        if role:
            held = held.filter(role=role)
        if code:
            held = held.filter(municipality__code=code)
        found = held.first()
        assert found is not None, who
        return found

    def actor(self, who: str, *, role: str | None = None, code: str | None = None) -> Actor:
        return actor_of(self.membership(who, role=role, code=code))

    def client(self, who: str, *, role: str | None = None, code: str | None = None) -> Client:
        """Signed in with the second factor done, acting in the first (or the asked) membership."""
        membership = self.membership(who, role=role, code=code)
        client = Client()
        client.force_login(
            membership.user, backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        session = client.session
        session[DEMO_FACTOR] = True
        session[MEMBERSHIP_KEY] = str(membership.id)
        session["started"] = session["seen"] = timezone.now().isoformat()
        session.save()
        return client
