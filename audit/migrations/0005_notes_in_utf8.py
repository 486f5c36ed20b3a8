"""A note hashes texts as they are sent, so whoever changes a watched row must speak the encoding that is compared."""

from django.db import migrations

NOTE = """
CREATE OR REPLACE FUNCTION audit.note(operation text, municipality_id uuid, shape bytea, row_id uuid, cells bytea[],
                                      rest bytea)
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n bigint := nextval('audit.change_n');
    request uuid := nullif(current_setting('sspf.request', true), '')::uuid;
    at timestamptz := clock_timestamp();
    leaf bytea := sha256(record_send(ROW(n, municipality_id, request, at, session_user::text, operation, shape,
                                         row_id, cells, rest)));
BEGIN
    IF pg_client_encoding() <> 'UTF8' THEN
        RAISE EXCEPTION 'a watched row is changed with client_encoding UTF8 only'
            USING ERRCODE = 'feature_not_supported';
    END IF;
    INSERT INTO audit.change
         VALUES (n, municipality_id, request, at, session_user, operation, shape, row_id, cells, rest, leaf);
    IF request IS NOT NULL THEN
        PERFORM set_config('sspf.changes', encode(sha256(
            decode(coalesce(current_setting('sspf.changes', true), ''), 'hex') || leaf), 'hex'), true);
    END IF;
    RETURN n;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_whole_dumps")]
    operations = [migrations.RunSQL(NOTE, migrations.RunSQL.noop)]
