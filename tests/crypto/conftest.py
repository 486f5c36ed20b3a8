import pytest
from django.db import connection


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """The database with real commits; what is left behind lies under ids nobody else uses."""
    with django_db_blocker.unblock():
        connection.close()
        yield
        connection.close()
