"""Exchanging keys while everybody goes on working (design D7).

One rotation is a row of `keys.rotation`; it goes through the phases

    publish       the new key or keys are made; from their commit on, whatever is sealed is sealed with them
    settle        every transaction that began before has ended: nobody seals with the old ones any more
    work          page by page, what the old ones sealed is sealed anew; rows that somebody holds are left
                  for the next pass, and passes go on until one finds nothing to do
    settle_again  every transaction that may have read something sealed with the old ones has ended; then
                  one more pass, since such a one may have written back what it had read
    destroy       the old ones are emptied, except those that something still hangs on

Each step is one transaction that saves how far it got, so a process may be killed anywhere and the next
one goes on. "Every transaction has ended" is asked of PostgreSQL: `access.request_transaction` gives every
transaction its number before it can read a key, so it is enough that the oldest running number is younger.
"""
