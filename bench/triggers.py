"""The triggers that keep row changes, switched off and on in a benchmark's own database."""

from bench import database

_FOUND = """
    SELECT c.oid::regclass::text, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE NOT t.tgisinternal AND n.nspname = 'audit' AND c.relnamespace = 'public'::regnamespace
"""


class Triggers:
    """Those on the product's tables; false where there are none."""

    def __init__(self, name: str) -> None:
        self._name = name
        with database.connect(name) as superuser:
            self._found = superuser.execute(_FOUND).fetchall()
        self._on = True

    def __bool__(self) -> bool:
        return bool(self._found)

    def turn(self, *, on: bool) -> None:
        """All of them on or off."""
        if on == self._on:
            return
        verb = "ENABLE ALWAYS" if on else "DISABLE"
        with database.connect(self._name) as superuser:
            for table, trigger in self._found:
                superuser.execute(f"ALTER TABLE {table} {verb} TRIGGER {trigger}")
        self._on = on
