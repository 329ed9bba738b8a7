"""The home of Elasticsearch nodes, laid out once: jars by Maven, the entry compiled, its classes archived so that nodes start in half the time."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HOME = ROOT / ".elasticsearch"
"""Where the project keeps it: git-ignored, about 110 MB, removed by `make clean`."""

HOW = "install a JDK (17 or 21) and Maven (Debian: apt-get install default-jdk-headless maven)"

# Netty is a module of its own in the distribution too, with its own class loader.
MODULE = """\
name=transport-netty4
description=HTTP, and transport between nodes, by Netty
version={version}
elasticsearch.version={version}
java.version=17
classname=org.elasticsearch.transport.netty4.Netty4Plugin
"""

LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %-5p %c{1.} %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


class MissingError(RuntimeError):
    """Elasticsearch cannot be had on this machine; the message says why and how to have it."""


def program(name: str) -> str:
    """The path of a program of the JDK or of Maven; `JAVA_HOME` goes before `PATH`. Raises MissingError."""
    inside = Path(os.environ.get("JAVA_HOME") or "/nowhere") / "bin" / name
    found = str(inside) if inside.is_file() else shutil.which(name)
    if not found:
        raise MissingError(f"no Elasticsearch, for there is no `{name}`: {HOW}")
    return found


def java(home: Path, config: Path, *, heap: str = "512m", lasting: bool = False, flags: Sequence[str] = ()) -> list[str]:
    """The command that runs one node of `home` with the settings in the folder `config`.

    One that is not `lasting` has only the first of Java's two compilers: it starts in two thirds of the time and takes half as much of the
    cores in its first minutes, but never becomes as fast.
    """
    return [
        program("java"),
        *(f"-Xms{heap}", f"-Xmx{heap}", "-XX:+UseG1GC", f"-XX:SharedArchiveFile={home / 'classes.jsa'}"),
        *(() if lasting else ("-XX:TieredStopAtLevel=1",)),
        # An archive of another Java is passed over, and a warning of the virtual machine helps nobody here.
        *("-Xshare:auto", "-Xlog:disable", "-Xlog:all=error:stderr"),
        *("-Dfile.encoding=UTF-8", "-Djava.awt.headless=true", "-Dlog4j2.disable.jmx=true", "-Dlog4j2.formatMsgNoLookups=true"),
        *(f"-Des.path.home={home}", f"-Des.path.conf={config}", *flags),
        *("--module-path", str(home / "lib"), "--add-modules=jdk.net,org.elasticsearch.server,org.elasticsearch.preallocate"),
        *("-cp", str(home / "one-node.jar"), "OneNode"),
    ]


def recipe() -> str:
    """A digest of all that decides what is laid out; another digest, another layout."""
    parts = (HERE / name for name in ("pom.xml", "OneNode.java", "home.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in parts)).hexdigest()


def installed(home: Path = HOME) -> Path:
    """Lay out the home if it is not there yet, and return its folder. Raises MissingError.

    Two runs at a time wait for one another. A layout comes into being by one rename, so that one that was broken off is none.
    """
    for name in ("java", "javac", "jar", "mvn"):
        program(name)
    home.mkdir(parents=True, exist_ok=True)
    ready, new = home / "node", home / "new"
    with _locked(home / "lock"):
        if not (ready / "recipe").is_file() or (ready / "recipe").read_text("utf-8") != recipe():
            shutil.rmtree(new, ignore_errors=True)
            _lay_out(new)
            shutil.rmtree(ready, ignore_errors=True)
            new.rename(ready)
            # After the rename: an archive holds the paths of its jars.
            _archive(ready)
            (ready / "recipe").write_text(recipe(), "utf-8")
    return ready


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _lay_out(home: Path) -> None:
    lib, module, classes = home / "lib", home / "modules" / "transport-netty4", home / "classes"
    for folder in (lib, module, classes, home / "plugins"):
        folder.mkdir(parents=True)
    _run("mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={lib}")
    for jar in (*lib.glob("netty-*.jar"), *lib.glob("transport-netty4-*.jar")):
        jar.rename(module / jar.name)
    version = ElementTree.parse(HERE / "pom.xml").findtext("{*}version", "")
    (module / "plugin-descriptor.properties").write_text(MODULE.format(version=version), "utf-8")
    _run("javac", "-cp", f"{lib}/*", "-d", str(classes), str(HERE / "OneNode.java"))
    _run("jar", "--create", "--file", str(home / "one-node.jar"), "-C", str(classes), ".")


def _archive(home: Path) -> None:
    """Run one node without standard input, so that it ends as soon as it has started, and keep the classes that it loaded.

    Whether this works depends on the Java; without the archive all is as it was, but slower.
    """
    with tempfile.TemporaryDirectory(prefix="shian-elasticsearch-") as name:
        folder = Path(name)
        (folder / "log4j2.properties").write_text(LOGGING, "utf-8")
        places = {"path.data": folder / "data", "path.logs": folder / "logs"}
        settings = {"discovery.type": "single-node", "network.host": "127.0.0.1", "http.port": 0, "transport.port": 0, **places}
        (folder / "elasticsearch.yml").write_text("".join(f"{key}: {value}\n" for key, value in settings.items()), "utf-8")
        archive = f"-XX:ArchiveClassesAtExit={home / 'classes.jsa'}"
        command = [word for word in java(home, folder, flags=[archive]) if not word.startswith("-XX:SharedArchiveFile")]
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=100, check=False)


def _run(name: str, *words: str) -> None:
    run = subprocess.run([program(name), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if run.returncode:
        said = [line for line in (run.stdout + run.stderr).splitlines() if line.strip()]
        raise MissingError(
            f"no Elasticsearch, for `{name}` failed ({said[0] if said else run.returncode}): {HOW}; Maven Central must be reachable once"
        )
