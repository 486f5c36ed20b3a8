"""What is said of the list's figures: what was compared, and what holds them back."""

SETUP = (
    "The page *Ärenden* of a coordinator who works on 50 of an agency's 100,000 cases, each about a person of its own, through all of"
    " Django and the product's middleware but the socket: rows, 50 names opened, the read events written and committed; against the"
    " same page with the door's conditions left out, which then shows the 50 newest of all 100,000: the same 50."
)
FLOOR = (
    "The bound of *rows alone* below: the newest 25 rows with every condition of the door left out, in the same transaction, against"
    " `get_objects_for_user` with its defaults. No list made with Django here can be faster than this, whatever it asks."
)
BOTH = (
    " Newest first by the same index, each time in a transaction of its own, as the web role under row-level security in one database."
    " `access.door.listed` asks for assignments in force, conflicts of interest and protected persons; guardian for one permission row"
    " for each of the same 350,000 assignments. Neither side reads its user, opens a name, writes an event or draws a page in the"
    " measured time: ours does that on its page in the first figure of this group, guardian never."
)
PAGE = (
    "A page of 25 and whether there are more, as each side's list page finds them. Most of the ratio is the count that such a page of"
    " guardian's needs: *rows alone* has it on neither side, *rows and their number* on both. Ours asks for one row too many"
    " (`cases.views.uncounted_page`), which is how *Ärenden* does it;"
)
ROWS = "The first 25 rows and nothing else, so not yet a page: `access.door.listed` against `get_objects_for_user`"
SETUPS = {
    form: how + BOTH
    for form, how in {
        "page": f"{PAGE} guardian by `get_objects_for_user` with its defaults in Django's `Paginator`, which counts.",
        "mixin": f"{PAGE} guardian by its own `PermissionListMixin` in a `ListView` with `paginate_by`, which counts.",
        "rows": f"{ROWS} as it is installed and with its defaults, permissions in the table for every model.",
        "counted": f"{ROWS} with its defaults; both also count all that the member may see, which *Ärenden* does not.",
        "group": f"{ROWS} with its defaults, where the permissions are those of a group with the user as its only member.",
        "keyed": (
            f"{ROWS} with its defaults, on a model with permissions in a table of its own (`UserObjectPermissionBase`)."
        ),
        "lean": (
            f"{ROWS} on the same model with `use_groups=False, accept_global_perms=False`: the least that it can be asked."
        ),
    }.items()
}
HELD_BACK_PAGE = (
    "The page asks for cases, names, next dates and emergency openings; planning the door's conditions takes PostgreSQL 0.3-0.5 ms for"
    " each, and answering them at most 0.2. While the page still counted its rows, the other side had to count all 100,000, and the"
    " ratio was 0.86."
)
HELD_BACK = (
    "Rows alone are three short questions of guardian's, and the newest cases it finds at once: what Django and the"
    " transaction take with no rights asked at all (the bound above) is already a third of that. Of ours, measured apart on a busy"
    " machine: transaction 0.2 ms; Django building the query 0.2, compiling it 0.2, making the rows 0.5; PostgreSQL parsing and planning"
    " it under row-level security 0.8, running it 0.2-0.4. Done: the conditions that only a change needs are no longer asked (they were"
    " half of it), words are compiled once a day. Tried and left: server-side prepared statements (PostgreSQL plans anew all the same,"
    " as the general plan is bad for who sees few), a statement compiled once for each role (0.45 ms less, a second way to a row beside"
    " the door's), bars as `NOT IN` (0.2 ms less, but reads all persons), fewer indexes (nothing)."
)
