"""Opens the database: engine, pragmas, migrations, the writer's lock."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DatabaseError

from insights.errors import StoreError

DATABASE_NAME = "insights.db"
BUSY_TIMEOUT_MS = 10_000  # a reader waits this long for a writer's commit
MIGRATIONS = Path(__file__).parent / "migrations"


def open_engine(folder: Path) -> Engine:
    """Open or make the database in `folder`, brought up to the newest schema.

    Raises StoreError where the file is no database, or its schema is newer than this version knows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / DATABASE_NAME
    engine = create_engine(f"sqlite:///{path}", **_driver())
    event.listen(engine, "connect", _set_pragmas)
    try:
        _migrate(engine)
    except DatabaseError as error:
        raise StoreError(
            f"{path} cannot be opened as a store: {error.orig}. Move it away or restore a copy."
        ) from error
    return engine


def lock_for_writing(folder: Path) -> FileLock:
    """Take the one writer's lock of a store, or raise StoreError where another run holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise StoreError(f"Another run is writing to {folder}. Wait for it, or choose another --store.") from error
    return lock


def _driver() -> dict[str, Any]:
    """Arguments that choose the SQLite: Python's own may have the WAL-reset bug (up to 3.51.2), pysqlite3's has not."""
    if sys.platform != "linux":
        return {}
    import pysqlite3.dbapi2

    return {"module": pysqlite3.dbapi2}


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.close()


def _migrate(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise StoreError(
            f"The store {engine.url.database} was written by a newer version of insights. Upgrade insights."
        )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
