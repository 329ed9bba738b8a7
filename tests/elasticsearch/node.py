"""Nodes of a real Elasticsearch that tests start, stop, kill and start again; they end with the process that started them."""

import contextlib
import http.client
import json
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.elasticsearch.home import LOGGING, installed, java

_ROOM = 4 << 30
PATIENCE = 90.0
"""Seconds that a node may take until it answers: some 4 are usual, many more where all cores are busy."""


class StartError(RuntimeError):
    """A node ended, or did not answer in time; the message has the end of its log."""


def free_ports(count: int) -> list[int]:
    """As many ports of the loopback as asked for, free now, chosen by the system."""
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]


def _folder() -> Path:
    """A folder of its own, in memory where there is room: a disk that others keep busy makes a node wait for every change of its indices."""
    shared = Path("/dev/shm")
    roomy = shared.is_dir() and shutil.disk_usage(shared).free > _ROOM
    return Path(tempfile.mkdtemp(prefix="shian-elasticsearch-", dir=shared if roomy else None))


class Node:
    """One node with its own folder of data, its ports kept for life; a context manager that starts it, and at the end removes what it made.

    `settings` are Elasticsearch's own and go before the ones here; a change of them holds from the next start. A `lasting` node starts later
    and becomes faster: right for a bench, not for tests.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        name: str = "one",
        port: int = 0,
        heap: str = "512m",
        lasting: bool = False,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder = folder or _folder()
        self._own = folder is None
        self.name = name
        self.heap = heap
        self.lasting = lasting
        chosen, self.transport = free_ports(2)
        self.port = port or chosen
        self.settings: dict[str, Any] = {
            "cluster.name": "shian-test",
            "node.name": name,
            "discovery.type": "single-node",
            "network.host": "127.0.0.1",
            "http.port": self.port,
            "transport.port": self.transport,
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.folder / "logs"),
            "path.repo": str(self.folder / "backups"),
            # A disk that is nearly full must not turn the indices of a test read-only.
            "cluster.routing.allocation.disk.threshold_enabled": False,
            "action.destructive_requires_name": False,
            **(settings or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address, for HTTP."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The id of its process while it runs."""
        return self._process.pid if self.running and self._process else None

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> Path:
        """Where its warnings and errors are, of all its starts."""
        return self.folder / "node.log"

    def start(self, *, wait: bool = True) -> Self:
        """Start it, and wait until its primary shards are there. Raises StartError, and MissingError where there is no Java or Maven."""
        if not self.running:
            # The archive of classes holds the true paths of its jars; by other ones a node of it starts, and hangs.
            home = installed().resolve()
            config = self.folder / "config"
            config.mkdir(parents=True, exist_ok=True)
            (config / "log4j2.properties").write_text(LOGGING, "utf-8")
            # JSON is YAML.
            (config / "elasticsearch.yml").write_text(json.dumps(self.settings, indent=1), "utf-8")
            command = java(home, config, heap=self.heap, lasting=self.lasting)
            with self.log.open("ab") as log:
                # Ctrl+C is for whoever started the node; the node learns of his end from its standard input.
                self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=self.folder, start_new_session=True)
        if wait:
            self.wait()
        return self

    def wait(self, *, nodes: int = 1, status: str = "yellow", seconds: float = PATIENCE) -> None:
        """Wait until its cluster has so many nodes and this health. Raises StartError."""
        until = time.monotonic() + seconds
        asked = f"/_cluster/health?wait_for_status={status}&wait_for_nodes=>={nodes}&timeout=1s&master_timeout=1s"
        while time.monotonic() < until:
            if not self.running:
                raise StartError(f"node {self.name} ended:\n{self.tail()}")
            if self.get(asked).get("timed_out") is False:
                return
            time.sleep(0.05)
        raise StartError(f"node {self.name} had no {status} cluster of {nodes} after {seconds:.0f} s:\n{self.tail()}")

    def get(self, path: str) -> dict[str, Any]:
        """The JSON object that it answers; empty while it does not."""
        # Not by requests: proxies of the environment are none of its business.
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = json.load(connection.getresponse())
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        finally:
            connection.close()
        return answer if isinstance(answer, dict) else {}

    def tail(self, lines: int = 30) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:]) if self.log.is_file() else "(no log)"

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Close it, and wait until it has; one that does not within half a minute is killed."""
        self._end(signal.SIGTERM)

    def restart(self) -> None:
        """Close it and start it again, on the same ports with the same data."""
        self.stop()
        self.start()

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()

    def close(self) -> None:
        """End it and remove its folder if it made that itself; otherwise its data are kept, and so it is closed properly."""
        if self._own:
            self.kill()
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            self.stop()

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class Cluster:
    """So many nodes that know one another; a context manager like Node. Each may be stopped, killed and started by itself."""

    def __init__(self, count: int = 3, folder: Path | None = None, *, ports: Sequence[int] = (), heap: str = "400m", lasting: bool = False) -> None:
        self.folder = folder or _folder()
        self._own = folder is None
        names = [f"node-{number}" for number in range(1, count + 1)]
        chosen = ports or [0] * count
        self.nodes = [Node(self.folder / name, name=name, port=port, heap=heap, lasting=lasting) for name, port in zip(names, chosen, strict=True)]
        for node in self.nodes:
            del node.settings["discovery.type"]
            node.settings |= {
                "cluster.initial_master_nodes": names,
                "discovery.seed_hosts": [f"127.0.0.1:{each.transport}" for each in self.nodes],
                # A repository of snapshots must be the same folder for all.
                "path.repo": str(self.folder / "backups"),
            }

    def start(self) -> Self:
        """Start all at once, and wait until each sees all and every shard has its copies. Raises like Node.start."""
        for node in self.nodes:
            node.start(wait=False)
        for node in self.nodes:
            node.wait(nodes=len(self.nodes), status="green")
        return self

    def close(self) -> None:
        """End all, and remove the folder if it was made here."""
        for node in self.nodes:
            node.kill() if self._own else node.stop()
        if self._own:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
