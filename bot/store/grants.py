"""
The wall between the two sides on PostgreSQL: what the role of each may do, table by table.

It is run by whoever owns the tables, after each migration. The roles themselves, their passwords and who may
connect are the operator's: no password passes here. Source: SECURITY T10, §5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import Connection, make_url, text

from bot.errors import ConfigError
from bot.store.migrate import head, run_as_owner
from bot.store.walls import ALL, FRONT, OFFICE, Rights

#: Tables that number their rows, with the sequence that does.
_SEQUENCES = {"outbox": "outbox_seq_seq", "chat_message": "chat_message_seq_seq"}
_Quote = Callable[[str], str]

_FIND_ROLE = text(
    "SELECT rolsuper OR rolcreaterole OR rolbypassrls OR pg_has_role(oid, current_user, 'MEMBER') AS is_above "
    "FROM pg_roles WHERE rolname = :name"
)
_FIND_REVISION = text("SELECT version_num FROM alembic_version")
_IS_MEMBER = text("SELECT pg_has_role(:name, oid, 'MEMBER') FROM pg_roles WHERE rolname = :other")


def grant(url: str, *, front_role: str, office_role: str) -> None:
    """
    Give each role exactly what its side needs, and take away what it had before; `url` is the owner's.

    Repeating it changes nothing. ConfigError: it is no PostgreSQL, a role would stand above the wall, or the schema is
    another release's, whose tables this one does not know.
    StoreDown: the database did not answer.
    """
    if make_url(url).get_backend_name() != "postgresql":
        raise ConfigError(
            "FRONTDOOR_DATABASE_URL: only PostgreSQL has roles; leave out --front-role and --office-role"
        )
    if front_role == office_role:
        raise ConfigError("--front-role and --office-role: name two roles; one for both is no wall")
    roles = {front_role: FRONT, office_role: OFFICE}

    def work(connection: Connection) -> None:
        if connection.execute(_FIND_REVISION).scalar() != head():
            raise ConfigError("the database: its schema is of another release; set the rights with that one")
        for name, other in ((front_role, office_role), (office_role, front_role)):
            _refuse_unsafe(connection, name, other)
        quote = connection.dialect.identifier_preparer.quote_identifier
        schema = quote(str(connection.execute(text("SELECT current_schema()")).scalar_one()))
        for statement in _statements(roles, schema, quote):
            connection.exec_driver_sql(statement)

    run_as_owner(url, work)


def _refuse_unsafe(connection: Connection, name: str, other: str) -> None:
    """ConfigError unless the role is there, and could not step over the wall anyway."""
    found = connection.execute(_FIND_ROLE, {"name": name}).first()
    if found is None:
        raise ConfigError(
            f"the role {name!r} does not exist; make it first: CREATE ROLE … LOGIN PASSWORD … NOSUPERUSER"
        )
    if found.is_above:
        raise ConfigError(
            f"the role {name!r} is a superuser, makes roles or owns the tables, so nothing is denied to it; "
            "use a plain role, and another one for migrations"
        )
    if connection.execute(_IS_MEMBER, {"name": name, "other": other}).scalar():
        raise ConfigError(f"the role {name!r} is a member of {other!r}; take it out: REVOKE … FROM …")


def _statements(roles: Mapping[str, Mapping[str, Rights]], schema: str, quote: _Quote) -> Iterator[str]:
    named = ", ".join(map(quote, roles))
    everybody = f"PUBLIC, {named}"
    # Taking rights on a table away takes those on its columns with them.
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {everybody}"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {everybody}"
    yield f"REVOKE ALL ON SCHEMA {schema} FROM {everybody}"
    for what in (
        "TABLES",
        "SEQUENCES",
        "FUNCTIONS",
        "TYPES",
    ):  # what a later migration makes is closed at first
        yield f"ALTER DEFAULT PRIVILEGES REVOKE ALL ON {what} FROM {everybody}"
        yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON {what} FROM {everybody}"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {named}"
    for role, tables in roles.items():
        for table, rights in tables.items():
            yield from _grants(rights, f"{schema}.{quote(table)}", quote(role), quote)
            if rights.insert and table in _SEQUENCES:
                yield f"GRANT USAGE ON SEQUENCE {schema}.{quote(_SEQUENCES[table])} TO {quote(role)}"


def _grants(rights: Rights, table: str, role: str, quote: _Quote) -> Iterator[str]:
    for verb, columns in (("SELECT", rights.select), ("UPDATE", rights.update)):
        if columns:
            some = "" if columns == ALL else f" ({', '.join(map(quote, columns))})"
            yield f"GRANT {verb}{some} ON {table} TO {role}"
    for verb, is_given in (("INSERT", rights.insert), ("DELETE", rights.delete)):
        if is_given:
            yield f"GRANT {verb} ON {table} TO {role}"
