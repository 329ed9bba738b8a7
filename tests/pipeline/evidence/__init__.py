"""Sealed evidence."""
