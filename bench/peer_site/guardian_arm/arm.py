"""Everybody who is assigned to a case has guardian's permission on it; the orders ask for a page of one's own."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from uuid import UUID

from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from guardian.models import UserObjectPermission
from guardian.shortcuts import get_objects_for_user

from bench.changes import Place
from bench.peer_site.guardian_arm.models import CaseRow

# The product has a user model of its own, so that the usual one has no table.
TABLES = (User,)
PAGE = 25
Transaction = Callable[[], AbstractContextManager[None]]
_given = 0


def install() -> None:
    """As its superuser: one user for each membership, one permission for each assignment."""
    content_type = ContentType.objects.get_for_model(CaseRow)
    permission = Permission.objects.get(codename="view_caserow", content_type=content_type)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT membership_id FROM cases_assignment")
        members = [row[0] for row in cursor.fetchall()]
        User.objects.bulk_create(User(username=str(member)) for member in members)
        cursor.execute(
            "INSERT INTO guardian_userobjectpermission (permission_id, content_type_id, object_pk, user_id)"
            " SELECT %s, %s, a.case_id::text, u.id FROM cases_assignment a"
            " JOIN auth_user u ON u.username = a.membership_id::text",
            [permission.pk, content_type.pk],
        )
        cursor.execute("ANALYZE")


@contextmanager
def acting(_user_id: UUID) -> Iterator[None]:
    yield


def entries() -> int:
    """Rows given so far."""
    return _given


def few(model: type[CaseRow], place: Place, number: int, *, transaction: Transaction) -> None:
    """For the place's own member."""
    _list(model, str(place.membership_id), number, transaction)


def many(model: type[CaseRow], place: Place, number: int, *, transaction: Transaction) -> None:
    """For the one with the most permissions."""
    _list(model, _busiest(), number, transaction)


@cache
def _busiest() -> str:
    most = Counter(UserObjectPermission.objects.values_list("user__username", flat=True))
    return str(most.most_common(1)[0][0])


def _list(model: type[CaseRow], username: str, number: int, transaction: Transaction) -> None:
    """That many times: the first page of the cases that the member may see, newest first."""
    global _given  # noqa: PLW0603 - what `entries` tells
    for _ in range(number):
        with transaction():
            user = User.objects.get(username=username)
            mine = get_objects_for_user(user, "guardian_arm.view_caserow", model)
            _given += len(mine.order_by("-opened_at", "id")[:PAGE])


ACTS = {"list_few": few, "list_many": many}
