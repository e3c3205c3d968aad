"""Looking up places of editions without asking the database for land (docs/adr/0021-look-up.md).

Of each edition there are two files, made once and mapped by every process of the service: the locator's own,
and the names and borders of the cells. Their names carry the fingerprint of the land.
"""
