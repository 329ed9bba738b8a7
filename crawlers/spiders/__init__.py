"""Spiders: one for each kind of source, driven by what is declared."""
