from django.db import migrations

GUEST = """
CREATE FUNCTION access_guest_reviewer(at_home uuid, of_unit uuid, starts date, ends date) RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO access_membership
        (id, user_id, municipality_id, agency_id, unit_id, role, starts_on, ends_on, home_id)
    SELECT gen_random_uuid(), home.user_id, home.municipality_id, unit.agency_id, unit.id, 'log_reviewer',
           starts, least(ends, home.ends_on), coalesce(home.home_id, home.id)
      FROM access_membership home, access_unit unit
     WHERE home.id = at_home AND home.role = 'log_reviewer' AND home.ended_at IS NULL AND starts BETWEEN home.starts_on AND home.ends_on
       AND ends <= starts + 31 AND unit.id = of_unit
       AND home.municipality_id = current_setting('sspf.municipality')::uuid
       AND unit.agency_id = current_setting('sspf.agency')::uuid
    RETURNING id;
$$;
REVOKE ALL ON FUNCTION access_guest_reviewer(uuid, uuid, date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_guest_reviewer(uuid, uuid, date, date) TO sspf_web, sspf_worker;
"""


class Migration(migrations.Migration):
    """A worker that finds who reviews an emergency opening makes that one guest role, and can change no other."""

    dependencies = [("access", "0015_guest_home_watched")]

    operations = [migrations.RunSQL(GUEST, migrations.RunSQL.noop)]
