"""Settings of one peer, named by BENCH_PEER; the database comes from libpq's own variables (PGHOST …)."""

import os

PEER = os.environ["BENCH_PEER"]
SECRET_KEY = "signs nothing"  # noqa: S105
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    *({"pghistory": ["pghistory", "pgtrigger"]}.get(PEER, [PEER])),
    f"bench.peer_site.{PEER}_arm",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["PGDATABASE"],
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "Europe/Stockholm"
USE_TZ = True
# Of django-guardian: nobody who is not signed in is asked about.
ANONYMOUS_USER_NAME = None
