"""Writes messages to stderr: for trying things out."""

import sys

from pipeline.notify import Message


class Console:
    """Always takes a message."""

    def send(self, message: Message) -> None:
        """Write the message, a few lines of it; nothing in it can move the cursor."""
        lines = [message.headline, *message.text.splitlines(), f"{message.link} ({message.id})".strip()]
        shown = ("".join(sign for sign in line if sign.isprintable()) for line in lines)
        sys.stderr.write("".join(f"{'' if n == 0 else '  '}{line}\n" for n, line in enumerate(shown)))
        sys.stderr.flush()
