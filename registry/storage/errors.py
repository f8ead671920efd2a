"""What a database can refuse, whichever it is."""

from registry.kit.errors import BadInput, Unavailable


class DatabaseBusy(Unavailable):
    code = "database_busy"
    title = "Others keep the database busy"


class DatabaseAway(Unavailable):
    code = "database_away"
    title = "The database does not answer"


class DatabaseUnsuitable(Unavailable):
    """It answers, and cannot be used as it is: its version, encoding or collation, or a wrong address."""

    code = "database_unsuitable"
    title = "The configured database cannot be used"


class ValueNotStorable(BadInput):
    """Text with NUL, which PostgreSQL does not keep, or what exceeds its column: refused in every database."""

    code = "value_not_storable"
    title = "A value cannot be kept in the database"
