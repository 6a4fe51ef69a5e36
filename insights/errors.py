"""What can go wrong, in five classes. The command line shows these as one line; anything else is a bug."""

from __future__ import annotations


class InsightsError(Exception):
    """Base of all errors that a user can act on."""


class SourceError(InsightsError):
    """A file cannot be read: broken, empty, of a format that is not supported, or larger than allowed."""


class ModelError(InsightsError):
    """A model is missing or its files are not the ones the manifest names."""


class StoreError(InsightsError):
    """The store cannot be opened or written."""


class UsageError(InsightsError):
    """What was asked for does not make sense: an unknown week, an option out of range."""
