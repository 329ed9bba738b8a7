"""Lets `python -m pipeline.cli` be `shian`, so that parts are started with the same interpreter."""

from pipeline.cli import main

main()
