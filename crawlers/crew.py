"""One lasting process that crawls whatever it is asked to: what a process for each crawl would cost is paid once.

A source whose page holds it up, or brings it down, is found out, reported, and from then on crawled in a process of its own until a crawl
of it ends; the others are asked again of the next crew.
"""

import logging
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from config.load import Config
from crawlers.report import CrawlReport
from crawlers.run import COMMAND, failed, told
from crawlers.spool import recover
from crawlers.station import MARK, reports_folder

log = logging.getLogger(__name__)

SILENT = 60.0
"""Seconds without a sign of life after which the process is held up."""
_BIRTH = 60.0
"""Seconds that it has for its first one, at the least."""
_PATIENCE = 5.0
"""Seconds that it has to end by itself."""
_PAUSE = 2.0
"""Seconds before a crew that ended is followed by another."""


class Crew:
    """Crawls for one worker; safe to use from several threads. It starts at the first source that is asked for."""

    def __init__(
        self,
        config: Config,
        *,
        spool: Path,
        environ: Mapping[str, str],
        alone: Callable[[str], CrawlReport],
        silent: float = SILENT,
    ) -> None:
        """`alone` crawls one source in a process of its own."""
        self._config, self._spool, self._alone, self._silent = config, spool, alone, silent
        self._environ = {**environ, **told(config.home, spool)}
        self._lock = threading.Lock()
        self._asked: dict[str, datetime] = {}
        self._difficult: set[str] = set()
        self._process: subprocess.Popen[str] | None = None
        self._mark = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the crew
        self._heard, self._lived = 0.0, False
        self._closed = False

    def ask(self, name: str) -> bool:
        """Have a source crawled now; False where its last crawl has not ended yet."""
        with self._lock:
            if name in self._asked or self._closed:
                return False
            self._asked[name] = datetime.now(UTC)
            if name in self._difficult:
                threading.Thread(target=self._by_itself, args=(name,), daemon=True).start()
                return True
            if self._process is None:
                self._start()
            self._tell(name)
        return True

    def close(self) -> None:
        """End the process, with all that it crawls."""
        with self._lock:
            self._closed, process = True, self._process
        if process is not None:
            assert process.stdin
            with suppress(OSError):
                process.stdin.close()
            try:
                process.wait(timeout=_PATIENCE)
            except subprocess.TimeoutExpired:
                _killed(process)
        self._mark.close()

    def _start(self) -> None:
        own = {**self._environ, MARK: str(self._mark.fileno())}
        self._process = subprocess.Popen(
            COMMAND,
            env=own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C comes to it through us only
            pass_fds=(self._mark.fileno(),),
        )
        self._heard, self._lived = time.monotonic(), False
        os.ftruncate(self._mark.fileno(), 0)
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()
        threading.Thread(target=self._watch, args=(self._process,), daemon=True).start()

    def _tell(self, name: str) -> None:
        assert self._process
        assert self._process.stdin
        try:
            self._process.stdin.write(f"{name}\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            log.debug("the crew has ended; %s is asked of the next", name)

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin
        assert process.stdout
        with process.stdout:
            for line in process.stdout:
                self._heard, self._lived = time.monotonic(), True
                word, _, name = line.strip().partition(" ")
                if word == "done":
                    with self._lock:
                        self._asked.pop(name, None)
        code = process.wait()
        with suppress(OSError):
            process.stdin.close()
        if not self._closed:
            self._ended(code)

    def _watch(self, process: subprocess.Popen[str]) -> None:
        """End a process that is held up: its reactor cannot."""
        while process.poll() is None:
            time.sleep(min(1.0, self._silent / 4))
            if time.monotonic() - self._heard > (self._silent if self._lived else max(self._silent, _BIRTH)):
                _killed(process)

    def _ended(self, code: int) -> None:
        """Report the source that it was reading, and go on with the others; where it did not even begin, report them all."""
        recover(self._spool)
        time.sleep(_PAUSE)
        with self._lock:
            if self._closed:
                return
            self._process = None
            culprit = os.pread(self._mark.fileno(), 200, 0).decode("utf-8", "replace").strip()
            log.warning("the crawling process ended with %s while it read %s", code, culprit or "nothing")
            if culprit in self._asked:
                self._difficult.add(culprit)
                health = ("timeout", "reading it held up all crawls") if code == -signal.SIGKILL else ("fault", f"reading it ended with {code}")
                self._failed(culprit, health)
            if not self._lived:
                for name in [one for one in self._asked if one not in self._difficult]:
                    self._failed(name, ("fault", f"the crawling process ended with {code} before it began"))
            again = [name for name in self._asked if name not in self._difficult]
            if again:
                self._start()
                for name in again:
                    self._tell(name)

    def _failed(self, name: str, health: tuple[str, str]) -> None:
        begun = self._asked.pop(name)
        failed(self._config.sources[name], reports_folder(self._spool), health, begun=begun, ended=datetime.now(UTC))

    def _by_itself(self, name: str) -> None:
        try:
            report = self._alone(name)
            if report.health not in ("timeout", "fault"):
                self._difficult.discard(name)
        finally:
            with self._lock:
                self._asked.pop(name, None)


def _killed(process: subprocess.Popen[str]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()
