"""The home folder: a configuration to edit, with its data, keys, spool and quarantine beside it."""

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from config.errors import ConfigError, Fault, InputError
from config.load import SHIPPED
from crawlers.post import Broken

MANIFEST = "manifest.json"
"""The file without which a folder holds no model."""
_KEYS = "keys.env"
_FILES = ("settings.yaml", "departments.yaml", "matters.yaml", "roster.yaml", "watches.yaml", "exports.yaml", "places.csv", "place-traps.csv")
_FOLDERS = ("sources", "topics", "rules", "channels", "boards", "lexicons", "debunks", "schemas")


@dataclass(frozen=True, slots=True)
class Home:
    """A home folder and the places in it."""

    folder: Path

    @property
    def spool(self) -> Path:
        """Where crawls leave chunks of posts."""
        return self.folder / "spool"

    @property
    def reports(self) -> Path:
        """Where crawls say how they went."""
        return self.folder / "reports"

    @property
    def opinions(self) -> Path:
        """Where second opinions are kept."""
        return self.folder / "second-opinions.jsonl"

    @property
    def models(self) -> Path:
        """Where a model of this home's own is, once it has one."""
        return self.folder / "models"

    @property
    def model(self) -> Path | None:
        """The folder of this home's own model, None while it has none."""
        return self.models if (self.models / MANIFEST).is_file() else None

    def quarantine(self, broken: Broken) -> None:
        """Keep what is broken, with its place and reason, in a file a day."""
        folder = self.folder / "quarantine"
        folder.mkdir(parents=True, exist_ok=True)
        at = datetime.now(UTC)
        line = msgspec.json.encode({"at": at, "where": broken.where, "why": broken.why, "raw": _writable(broken.raw)}) + b"\n"
        with (folder / f"{at:%Y-%m-%d}.jsonl").open("ab") as file:
            file.write(line)

    def environ(self, environ: Mapping[str, str] = os.environ) -> Mapping[str, str]:
        """Return the environment with the home's own keys under it: what the environment says wins."""
        path = self.folder / _KEYS
        keys = dict(_keys(path)) if path.is_file() else {}
        return {**keys, **environ}


def _writable(raw: str) -> str:
    return raw.encode(errors="backslashreplace").decode()


def _keys(path: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().isidentifier():
            raise ConfigError([Fault(str(path), f"line {number}", "must be NAME=value")])
        yield name.strip(), value.strip()


def author_key(environ: Mapping[str, str]) -> bytes:
    """Return the key that authors are pseudonymised with; empty where there is none, and then no author is kept."""
    value = environ.get("SHIAN_AUTHOR_KEY", "")
    try:
        return bytes.fromhex(value)
    except ValueError:
        raise ConfigError([Fault("environment", "SHIAN_AUTHOR_KEY", "must be hexadecimal digits")]) from None


def made(folder: Path) -> Home:
    """Make a home in a new or empty folder: the shipped configuration to edit, and fresh keys that only its owner can read."""
    try:
        if folder.is_dir() and any(folder.iterdir()):
            raise InputError(f"{folder} is not empty; name a new or an empty folder")
        folder.mkdir(parents=True, exist_ok=True)
        for name in (*_FILES, *_FOLDERS):
            source = SHIPPED / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.is_file():
                shutil.copy(source, folder / name)
        keys = folder / _KEYS
        keys.touch(mode=0o600)
        keys.write_text(
            "# Keys of this home. Keep them: without SHIAN_AUTHOR_KEY the same author gets another pseudonym.\n"
            f"SHIAN_AUTHOR_KEY={secrets.token_hex(32)}\n",
            "utf-8",
        )
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}") from error
    return Home(folder)


def found(named: str | None, environ: Mapping[str, str] = os.environ) -> Home:
    """Return the home that was named, else the one of SHIAN_HOME, else the working folder if it is one."""
    name = named or environ.get("SHIAN_HOME", "")
    folder = Path(name) if name else Path.cwd()
    if not (folder / "settings.yaml").is_file() or folder.resolve() == SHIPPED.resolve():
        which = f"{folder} is no home folder" if name else "no home folder is named"
        raise ConfigError([Fault("home", "", f"{which}; make one with `shian init DIR`, then give --home DIR or set SHIAN_HOME")])
    return Home(folder.resolve())
