"""The store: SQLite behind SQLAlchemy, brought up to date by Alembic."""

from insights.store.database import DATABASE_NAME
from insights.store.frames import Frames
from insights.store.search import Hit, search
from insights.store.store import Store, check_quotes

__all__ = ["DATABASE_NAME", "Frames", "Hit", "Store", "check_quotes", "search"]
