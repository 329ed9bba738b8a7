"""`make demo STORE=elasticsearch`: the demonstration on a real Elasticsearch, started for it and removed with it."""

import os
import signal
import sys

from pipeline import demo
from tests.elasticsearch.home import HOME, MissingError
from tests.elasticsearch.node import Node, StartError


def main() -> None:
    """Start a node, run the demonstration with its store there, and end the node, however the demonstration ends."""
    # Until the demonstration has its own: the node must go too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    try:
        fetched = (HOME / "node" / "recipe").is_file()
        print(f"starting Elasticsearch{'' if fetched else ', once its jars (110 MB) are fetched'} ...", file=sys.stderr, flush=True)
        with Node() as node:
            os.environ["SHIAN_STORE_URL"] = f"elasticsearch+{node.url}/shian"
            print(f"the store is on {node.url}, in indices called shian-*", file=sys.stderr, flush=True)
            demo.main()
    except (MissingError, StartError) as error:
        print(error, file=sys.stderr)
        sys.exit(3)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
