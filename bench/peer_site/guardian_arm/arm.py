"""Everybody who is assigned to a case has guardian's permission on it; `list` asks for a page of one's own."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from uuid import UUID

from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from guardian.shortcuts import get_objects_for_user

from bench.changes import Place
from bench.peer_site.guardian_arm.models import CaseRow

# The product has a user model of its own, so that the usual one has no table.
TABLES = (User,)
PAGE = 25
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


def listed(
    model: type[CaseRow],
    place: Place,
    number: int,
    *,
    transaction: Callable[[], AbstractContextManager[None]],
) -> None:
    """That many times: the first page of the cases that the member may see, newest first."""
    global _given  # noqa: PLW0603 - what `entries` tells
    for _ in range(number):
        with transaction():
            user = User.objects.get(username=str(place.membership_id))
            mine = get_objects_for_user(user, "guardian_arm.view_caserow", model)
            _given += len(mine.order_by("-opened_at", "id")[:PAGE])


ACTS = {"list": listed}
