"""The store: SQLite behind SQLAlchemy, brought up to date by Alembic."""

from insights.store.database import DATABASE_NAME
from insights.store.frames import TOPICS, Frames
from insights.store.search import Hit, search
from insights.store.store import Following, Store, check_quotes

__all__ = ["DATABASE_NAME", "TOPICS", "Following", "Frames", "Hit", "Store", "check_quotes", "search"]
