"""The second lock on both tables: the database itself refuses to change or delete what was written.

The first one is the grants of ``deploy/postgresql/``; SQLite has none, so there it is the only one. A trigger can be
dropped by whoever owns the table: then the chain still shows what was changed.
"""

from typing import Any, Final, Protocol

TABLES: Final = ("audit_auditevent", "audit_auditlink")
_SENTENCE: Final = "the audit trail is not changed"


class Connection(Protocol):
    """What is needed of a database connection."""

    vendor: str

    def cursor(self) -> Any:
        """Return a cursor."""


def put_in(connection: Connection) -> None:
    """Create the triggers."""
    _execute(connection, _postgresql() if connection.vendor == "postgresql" else _sqlite())


def take_out(connection: Connection) -> None:
    """Drop the triggers, for a migration backwards and for tests that empty tables."""
    if connection.vendor == "postgresql":
        statements = [f"DROP TRIGGER IF EXISTS {table}_stays ON {table}" for table in TABLES]
        statements += [f"DROP TRIGGER IF EXISTS {table}_not_emptied ON {table}" for table in TABLES]
        statements.append("DROP FUNCTION IF EXISTS audit_refuse()")
    else:
        statements = [
            f"DROP TRIGGER IF EXISTS {table}_no_{verb.lower()}" for table in TABLES for verb in ("UPDATE", "DELETE")
        ]
    _execute(connection, statements)


def _sqlite() -> list[str]:
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{_SENTENCE}'); END"
        for table in TABLES
        for verb in ("UPDATE", "DELETE")
    ]


def _postgresql() -> list[str]:
    function = (
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_SENTENCE}'; END $$"
    )
    rows = [
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
        for table in TABLES
    ]
    whole = [
        f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        for table in TABLES
    ]
    return [function, *rows, *whole]


def _execute(connection: Connection, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
