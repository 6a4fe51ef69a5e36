"""Fixtures shared by the rooms' tests."""
