"""交接班单: what the next shift must know."""
