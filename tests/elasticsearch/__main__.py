"""`python -m tests.elasticsearch`: a real Elasticsearch in the foreground, for the bench, for the demo and for trying things, until Ctrl+C."""

import signal
import sys
import time
from pathlib import Path

import click

from tests.elasticsearch.home import MissingError
from tests.elasticsearch.node import Cluster, Node, StartError


@click.command()
@click.option("--nodes", default=1, show_default=True, help="How many nodes; more than one form a cluster, on ports one after the other.")
@click.option("--port", default=9200, show_default=True, help="Port of the first node; 0 takes free ones.")
@click.option("--heap", default="512m", show_default=True, help="Java heap of each node.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Folder that keeps the data for the next time; else they are removed.")
def main(nodes: int, port: int, heap: str, keep: Path | None) -> None:
    """Run Elasticsearch on the loopback until Ctrl+C; print the address of each node, a line each, once it answers."""
    # An end by SIGTERM removes the data too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    folder = keep.absolute() if keep else None
    ports = [port + number if port else 0 for number in range(nodes)]
    try:
        with Node(folder, port=port, heap=heap, lasting=True) if nodes == 1 else Cluster(nodes, folder, ports=ports, heap=heap, lasting=True) as made:
            running = made.nodes if isinstance(made, Cluster) else [made]
            for node in running:
                print(node.url, flush=True)
            while all(node.running for node in running):
                time.sleep(0.5)
            for node in running:
                if not node.running:
                    raise StartError(f"node {node.name} ended:\n{node.tail()}")
    except (MissingError, StartError) as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
