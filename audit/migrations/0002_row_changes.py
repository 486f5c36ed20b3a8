"""`audit.change`: what the database itself notes of every change of a watched row (design D8)."""

from django.db import migrations

# The columns before `leaf` are what it hashes, in this order; `erased_by` is bound by the erasure's own note.
TABLES = """
CREATE TABLE audit.change (
    n               bigint PRIMARY KEY,
    municipality_id uuid NOT NULL,
    request_id      uuid,
    at              timestamptz NOT NULL,
    db_user         text NOT NULL,
    operation       text NOT NULL CHECK (operation IN ('I', 'U', 'D', 'E')),
    shape           bytea,
    row_id          uuid,
    cells           bytea[],
    rest            bytea,
    leaf            bytea NOT NULL CHECK (octet_length(leaf) = 32),
    erased_by       bigint,
    CHECK (operation = 'E' OR (erased_by IS NULL) = (row_id IS NOT NULL))
);
CREATE INDEX ON audit.change (row_id, n);
CREATE SEQUENCE audit.change_n OWNED BY audit.change.n;

CREATE TABLE audit.watched (
    shape      bytea PRIMARY KEY CHECK (octet_length(shape) = 32),
    table_name text NOT NULL,
    sealed     text[] NOT NULL,
    plain      text[] NOT NULL,
    since      timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""

# sspf.changes holds, in hex, the digest of the request's notes so far: SHA-256(digest before ‖ leaf). A savepoint
# that is rolled back takes it back as well. Whoever sets it wrongly writes an event that does not fit its notes.
NOTES = """
CREATE FUNCTION audit.note(operation text, municipality_id uuid, shape bytea, row_id uuid, cells bytea[], rest bytea)
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n bigint := nextval('audit.change_n');
    request uuid := nullif(current_setting('sspf.request', true), '')::uuid;
    at timestamptz := clock_timestamp();
    leaf bytea := sha256(record_send(ROW(n, municipality_id, request, at, session_user::text, operation, shape,
                                         row_id, cells, rest)));
BEGIN
    INSERT INTO audit.change
         VALUES (n, municipality_id, request, at, session_user, operation, shape, row_id, cells, rest, leaf);
    IF request IS NOT NULL THEN
        PERFORM set_config('sspf.changes', encode(sha256(
            decode(coalesce(current_setting('sspf.changes', true), ''), 'hex') || leaf), 'hex'), true);
    END IF;
    RETURN n;
END $$;
REVOKE ALL ON FUNCTION audit.note(text, uuid, bytea, uuid, bytea[], bytea) FROM PUBLIC;

CREATE FUNCTION audit.refuse_emptying() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%.% is watched: TRUNCATE refused', TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""

# What was noted of rows that are gone is blanked; leaf and place stay, so every digest still fits. The erasure
# is a note of its own and holds the digest of the leaves it blanked: no other blank can hide behind it.
ERASURE = """
CREATE FUNCTION audit.refuse_all_but_erasure() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.operation <> 'E' AND OLD.erased_by IS NULL AND NEW.erased_by IS NOT NULL
           AND num_nonnulls(NEW.shape, NEW.row_id, NEW.cells, NEW.rest) = 0
           AND (NEW.n, NEW.municipality_id, NEW.request_id, NEW.at, NEW.db_user, NEW.operation, NEW.leaf)
               IS NOT DISTINCT FROM
               (OLD.n, OLD.municipality_id, OLD.request_id, OLD.at, OLD.db_user, OLD.operation, OLD.leaf) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit.% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION audit.erase_details(rows uuid[]) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    place uuid := current_setting('sspf.municipality')::uuid;
    notes bigint[];
    digest bytea;
    erasure bigint;
BEGIN
    IF nullif(current_setting('sspf.request', true), '') IS NULL THEN
        RAISE EXCEPTION 'an erasure belongs to a request' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT array_agg(n ORDER BY n), sha256(string_agg(leaf, '' ORDER BY n)) INTO notes, digest
      FROM (SELECT n, leaf FROM audit.change
             WHERE row_id = ANY (rows) AND municipality_id = place FOR UPDATE) AS noted;
    IF notes IS NULL THEN
        RETURN 0;
    END IF;
    IF EXISTS (SELECT FROM (SELECT DISTINCT ON (row_id) operation FROM audit.change
                             WHERE n = ANY (notes) ORDER BY row_id, n DESC) AS last
                WHERE operation <> 'D') THEN
        RAISE EXCEPTION 'what is noted of a row that still exists is not erased'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    erasure := audit.note('E', place, NULL, NULL, ARRAY[digest], NULL);
    UPDATE audit.change SET shape = NULL, row_id = NULL, cells = NULL, rest = NULL, erased_by = erasure
     WHERE n = ANY (notes);
    RETURN cardinality(notes);
END $$;
REVOKE ALL ON FUNCTION audit.erase_details(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.erase_details(uuid[]) TO sspf_web, sspf_worker;

CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON audit.change
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_all_but_erasure();
CALL audit.guard('audit.change');
CALL audit.guard('audit.watched');
"""

# The application reads and writes nothing here: the triggers write as the owner, who stands under row-level
# security too. The owner's event is the one that binds what was there when a table began to be watched.
RIGHTS = """
CREATE POLICY note ON audit.change FOR INSERT TO sspf_owner WITH CHECK (true);
CREATE POLICY find ON audit.change FOR SELECT TO sspf_owner USING (true);
CREATE POLICY blank ON audit.change FOR UPDATE TO sspf_owner USING (true);
CREATE POLICY all_of_it ON audit.change FOR SELECT TO sspf_sequencer, sspf_backup USING (true);
GRANT SELECT ON audit.change TO sspf_sequencer, sspf_backup;
GRANT SELECT ON SEQUENCE audit.change_n TO sspf_backup;

CREATE POLICY begin ON audit.watched FOR INSERT TO sspf_owner WITH CHECK (true);
CREATE POLICY known ON audit.watched FOR SELECT TO sspf_owner USING (true);
CREATE POLICY all_of_it ON audit.watched FOR SELECT TO sspf_sequencer, sspf_backup USING (true);
GRANT SELECT ON audit.watched TO sspf_sequencer, sspf_backup;

CREATE POLICY begin ON audit.event FOR INSERT TO sspf_owner WITH CHECK (action = 'watch.begin');
CREATE POLICY begin ON audit.unsequenced FOR INSERT TO sspf_owner
    WITH CHECK (municipality_id = '00000000-0000-0000-0000-000000000000');
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.RunSQL(TABLES),
        migrations.RunSQL(NOTES),
        migrations.RunSQL(ERASURE),
        migrations.RunSQL(RIGHTS),
    ]
