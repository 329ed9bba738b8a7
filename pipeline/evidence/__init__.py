"""证据: what was sealed when posts were collected, kept in files until it is needed or too old."""
