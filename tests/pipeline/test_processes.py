"""The demonstration and the whole Shian as processes: they start, say what they do, mend themselves, and end cleanly."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.home import Home, made

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def until(true: Callable[[], bool], seconds: float = 40.0) -> None:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SHIAN_")}
    return {**kept, "SHIAN_DESK_PORT": str(free_port()), "TMPDIR": str(tmp_path)}


@pytest.fixture
def started(environ: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    running: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def has_its_alerts(out: str) -> None:
    rows = [line.split("\t") for line in out.splitlines()]
    assert rows[0] == ["level", "title", "why"]
    assert len(rows) > 5
    assert {row[0] for row in rows[1:]} <= {"Ⅰ红", "Ⅱ橙", "Ⅲ黄", "Ⅳ蓝"}
    assert all(row[1] and row[2] for row in rows[1:])
    # Every matter and rumor of the example is there; what only looks like one is not.
    titles = "\n".join(row[1] for row in rows[1:])
    for word in ("食堂|学校|上吐下泻", "饮料|核桃露", "奶粉", "塑料", "学生奶|学生喝奶|医院"):
        assert re.search(word, titles), titles
    for trap in ("流浪猫", "铊", "一氧化碳", "汤圆", "召回汽车"):
        assert trap not in titles, titles


@pytest.mark.slow
@pytest.mark.parametrize("module", ["pipeline.demo", pytest.param("tests.elasticsearch.demo", marks=pytest.mark.elasticsearch)])
def test_the_demonstration_raises_its_alerts_and_leaves_nothing(
    started: Callable[..., subprocess.Popen[str]], module: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if "elasticsearch" in module:
        request.getfixturevalue("elasticsearch_home")
    process = started(module, "--headless")
    out, err = process.communicate(timeout=100)
    print(err)  # shown where it fails: what was crawled
    assert process.returncode == 0, err
    has_its_alerts(out)
    assert [path.name for path in tmp_path.iterdir()] == []
    assert err.count("day ") == 3


@pytest.mark.slow
def test_the_desk_of_the_demonstration_ends_on_an_interrupt(
    started: Callable[..., subprocess.Popen[str]], environ: dict[str, str], tmp_path: Path
) -> None:
    process = started("pipeline.demo")
    until(lambda: answers(f"http://127.0.0.1:{environ['SHIAN_DESK_PORT']}/healthz"))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert (process.returncode in (0, 130), "Traceback" in err) == (True, False), err
    assert list(tmp_path.iterdir()) == []


def test_where_elasticsearch_cannot_be_had_one_line_says_how(
    started: Callable[..., subprocess.Popen[str]], environ: dict[str, str], tmp_path: Path
) -> None:
    environ |= {"PATH": "/nowhere", "JAVA_HOME": ""}
    process = started("tests.elasticsearch.demo", "--headless")
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (3, "")
    assert "no Elasticsearch, for there is no `java`: install a JDK" in err.splitlines()[-1]
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_taken_port_is_said_with_what_to_do(started: Callable[..., subprocess.Popen[str]], environ: dict[str, str]) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", int(environ["SHIAN_DESK_PORT"])))
        sock.listen()
        process = started("pipeline.demo")
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"SHIAN_DESK_PORT={int(environ['SHIAN_DESK_PORT']) + 1}" in err
    assert "day 1" not in err


def children(pid: int) -> dict[str, int]:
    """The parts that a supervisor runs, by name."""
    found = subprocess.run(["pgrep", "-P", str(pid), "-a"], capture_output=True, text=True, check=False).stdout
    return {line.split()[-1]: int(line.split()[0]) for line in found.splitlines()}


@pytest.mark.slow
@pytest.mark.skipif(not Path("/usr/bin/pgrep").exists(), reason="no pgrep: install procps to run this")
def test_up_starts_again_what_dies_and_ends_everything(
    started: Callable[..., subprocess.Popen[str]], environ: dict[str, str], tmp_path: Path
) -> None:
    home: Home = made(tmp_path / "home")
    for source in (home.folder / "sources").glob("*.yaml"):
        source.unlink()  # nothing is asked outside
    process = started("pipeline.cli", "--home", str(home.folder), "up")
    url = f"http://127.0.0.1:{environ['SHIAN_DESK_PORT']}/healthz"
    until(lambda: answers(url))
    until(lambda: set(children(process.pid)) == {"schedule", "work", "deliver", "desk"})
    before = children(process.pid)
    os.kill(before["desk"], signal.SIGKILL)
    until(lambda: children(process.pid).get("desk", before["desk"]) != before["desk"])
    until(lambda: answers(url))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "desk ended with -9; starting it again" in err
    assert not answers(url)
