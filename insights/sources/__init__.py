"""Files in, conversations and recordings out; what the business knows of them is filled in from tables beside them."""

from __future__ import annotations

from insights.sources.attachments import Attached
from insights.sources.describe import describe
from insights.sources.files import discover, identify
from insights.sources.names import read_role
from insights.sources.reader import READERS, Found, read
from insights.sources.tables import Tables, load_tables

VERSION = "sources/1"  # raise it when a file would read differently: what is kept of it is then read again

__all__ = [
    "READERS",
    "VERSION",
    "Attached",
    "Found",
    "Tables",
    "describe",
    "discover",
    "identify",
    "load_tables",
    "read",
    "read_role",
]
