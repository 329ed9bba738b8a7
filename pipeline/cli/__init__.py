"""The command line: `main` is what `shian` runs; each module beside it holds a few commands, which `frame.Commands` finds."""

import sys

import click

from config.errors import ShianError
from pipeline.cli.frame import cli, flushed


def main() -> None:
    """Run the command line; every error that users can mend is one sentence and an exit code."""
    try:
        cli(standalone_mode=False)
        flushed()
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except ShianError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        click.echo(f"{error.filename or 'output'}: {error.strerror}", err=True)
        sys.exit(3)
