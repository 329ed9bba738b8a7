"""Reads a whole configuration folder, strictly: every fault at once, each with its file and key.

A folder (home) holds settings.yaml, departments.yaml, matters.yaml, roster.yaml, watches.yaml, lexicons/ and one YAML file for each source, topic,
rule, channel and board.
Without a home, the configuration that the package ships is read.
"""

import os
import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from config.answering import unanswered
from config.board import Board, misdirected
from config.channel import lacking, unsafe
from config.errors import ConfigError, Fault
from config.keywords import Keyword, keywords, unsearchable
from config.roster import Roster, calendar, named, unrostered
from config.schema import Channel, Declaration, Department, Matter, Rule, Settings, Topic
from config.source import Source
from config.watch import Watch

SHIPPED = Path(__file__).parent
FOLDERS: dict[str, type[Declaration]] = {"sources": Source, "topics": Topic, "rules": Rule, "channels": Channel, "boards": Board}
_NEW = ("boards",)
"""Folders that homes made before do not have: without one, nothing is declared of its kind."""
D = TypeVar("D", bound=Declaration)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything declared, whole and checked."""

    home: Path | None
    settings: Settings
    sources: dict[str, Source]
    topics: dict[str, Topic]
    rules: dict[str, Rule]
    channels: dict[str, Channel]
    departments: dict[str, Department]
    matters: dict[str, Matter]
    """The most specific first: the first that fits leads."""
    boards: dict[str, Board]
    roster: Roster
    watches: dict[str, Watch]

    def keywords(self, source: Source, on: date) -> tuple[Keyword, ...]:
        """Return the words that a source searches on a day; none for one that is no search."""
        province = self.settings.province
        return keywords(source, topics=self.topics, watches=self.watches, folder=self.folder, province=province, on=on)

    @property
    def folder(self) -> Path:
        """Where the files are: the home, or the package's own."""
        return self.home or SHIPPED


def load(home: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read and check the configuration of `home`, else the shipped one.

    Raises ConfigError with every fault found.
    """
    folder = home or SHIPPED
    faults: list[Fault] = []
    if not (folder / "settings.yaml").is_file():
        raise ConfigError([Fault(str(folder / "settings.yaml"), "", "not found; `shian init DIR` makes a home folder")])
    settings = _settings(folder, environ, faults)
    whole: dict[str, dict[str, Any]] = {name: _folder(folder / name, kind, environ, faults) for name, kind in FOLDERS.items()}
    departments = _table(folder / "departments.yaml", Department, environ, faults)
    matters = _table(folder / "matters.yaml", Matter, environ, faults)
    first = (home, settings or Settings(), whole["sources"], whole["topics"], whole["rules"], whole["channels"])
    watches = _table(folder / "watches.yaml", Watch, environ, faults)
    config = Config(*first, departments, matters, whole["boards"], roster=_roster(folder, environ, faults, whole["boards"]), watches=watches)
    if not faults:
        faults.extend(_dangling(config))
    if faults:
        raise ConfigError(faults)
    return config


def _settings(folder: Path, environ: Mapping[str, str], faults: list[Fault]) -> Settings | None:
    path = folder / "settings.yaml"
    declared = read(path, environ, faults) or {}
    if not isinstance(declared, dict):
        faults.append(Fault(str(path), "", "must be a table of keys"))
        return None
    for key, kind in setting_names(Settings):
        name = "SHIAN_" + key.replace(".", "_").upper()
        if name in environ:
            _override(declared, key, _given(environ[name], kind, Fault(str(path), key, f"{name} is not YAML"), faults))
    return checked(Settings, declared, path, faults)


def _given(value: str, kind: Any, fault: Fault, faults: list[Fault]) -> Any:
    """What the environment says: text as it stands, such as `memory:`; anything else as YAML."""
    if kind is str:
        return value
    try:
        return yaml.safe_load(value) if value else ""
    except (yaml.YAMLError, ValueError, RecursionError):
        faults.append(fault)
        return None


def _override(declared: dict[str, Any], key: str, value: Any) -> None:
    *parents, last = key.split(".")
    at: Any = declared
    for parent in parents:
        at = at.setdefault(parent, {})
        if not isinstance(at, dict):
            return  # a fault that checking finds
    at[last] = value


def setting_names(model: type[Declaration], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every setting by its dotted name, with its type."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Declaration):
            yield from setting_names(kind, f"{prefix}{name}.")
        else:
            yield prefix + name, kind


def _folder(folder: Path, kind: type[D], environ: Mapping[str, str], faults: list[Fault]) -> dict[str, D]:
    found: dict[str, D] = {}
    if not folder.is_dir():
        if folder.name in _NEW:
            return found
        faults.append(Fault(str(folder), "", "folder not found"))
        return found
    files: dict[str, Path] = {}
    for path in sorted(folder.glob("*.y*ml")):
        if files.setdefault(path.stem, path) != path:
            faults.append(Fault(str(path), "", f"is declared in {files[path.stem].name} too"))
            continue
        declared = _declared(path, kind, environ, faults)
        if declared is None:
            continue
        if not isinstance(declared, dict):
            faults.append(Fault(str(path), "", "must be a table of keys"))
            continue
        if "name" in declared:
            faults.append(Fault(str(path), "name", "a declaration is called as its file; leave this key out"))
            continue
        item = checked(kind, {"name": path.stem, **declared}, path, faults)
        if isinstance(item, Channel):
            known = {fault.key for fault in faults if fault.file == str(path)}
            faults.extend(Fault(str(path), key, why) for key, why in lacking(item) if key not in known)
        if item is not None:
            found[path.stem] = item
    return found


def _declared(path: Path, kind: type[D], environ: Mapping[str, str], faults: list[Fault]) -> Any:
    """A declaration's content: in one that is off, a ${NAME} that the environment does not have stays as it is, for nobody needs it yet."""
    declared = _parsed(path, faults)
    if not isinstance(declared, dict):
        return declared
    if kind is Channel:
        faults.extend(Fault(str(path), key, why) for key, why in unsafe(declared))
    return _filled(declared, environ, None if declared.get("enabled") is False else faults, Fault(str(path), "", ""))


def _table(path: Path, kind: type[D], environ: Mapping[str, str], faults: list[Fault]) -> dict[str, D]:
    """The declarations of one file, by name; none where there is no such file."""
    declared = read(path, environ, faults) if path.is_file() else {}
    if declared is None:
        return {}
    if not isinstance(declared, dict):
        faults.append(Fault(str(path), "", f"must be a table of {path.stem} by name"))
        return {}
    found: dict[str, D] = {}
    for name, value in declared.items():
        if not isinstance(value or {}, dict):
            faults.append(Fault(str(path), str(name), "must be a table of keys"))
        elif "name" in (value or {}):
            faults.append(Fault(str(path), f"{name}.name", "a declaration is called as its key; leave this one out"))
        elif item := checked(kind, {"name": name, **(value or {})}, path, faults, prefix=str(name)):
            found[name] = item
    return found


def _roster(folder: Path, environ: Mapping[str, str], faults: list[Fault], boards: Mapping[str, Board]) -> Roster:
    """The roster, with the calendar beside it; an empty one where there is neither."""
    path, plan = folder / "roster.yaml", folder / "roster.ics"
    declared = read(path, environ, faults) if path.is_file() else {}
    if declared is not None and not isinstance(declared, dict):
        faults.append(Fault(str(path), "", "must be a table of keys"))
    roster = checked(Roster, named(declared), path, faults) if isinstance(declared, dict) else None
    if roster is None:
        return Roster()
    faults.extend(unrostered(path, roster, boards))
    return roster.with_calendar(calendar(plan, roster.people, faults)) if plan.is_file() else roster


def checked(kind: type[D], declared: dict[str, Any], path: Path, faults: list[Fault], *, prefix: str = "") -> D | None:
    """Return the declaration, or note every fault of it and return None."""
    try:
        return kind.model_validate(declared)
    except ValidationError as error:
        for one in error.errors():
            key = ".".join(str(part) for part in ((prefix,) if prefix else ()) + one["loc"])
            faults.append(Fault(str(path), key, one["msg"].removeprefix("Value error, ")))
        return None


def _dangling(config: Config) -> Iterator[Fault]:
    """References to what nobody declared."""
    folder = config.folder
    for kind, items in (("rules", config.rules), ("channels", config.channels)):
        for name, item in items.items():
            for topic in item.topics:
                if topic not in config.topics:
                    yield Fault(str(folder / kind / f"{name}.yaml"), "topics", f"no topic is called {topic}")
    yield from unanswered(
        folder, config.departments, config.matters, topics=config.topics, channels=config.channels, province=config.settings.province
    )
    yield from misdirected(folder, config.boards, topics=config.topics, channels=config.channels, departments=config.departments)
    yield from unsearchable(config.sources, topics=config.topics, watches=config.watches, folder=folder, settings=config.settings)


class _StrictLoader(yaml.CSafeLoader):  # the same as SafeLoader, in C: a home of a hundred files is read at every start
    """YAML that refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a table as YAML does, once no key is given twice."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a word", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is given twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def read(path: Path, environ: Mapping[str, str], faults: list[Fault]) -> Any:
    """Return the file's content with ${NAME} replaced, an empty one's is {}; None, and a fault, where that cannot be had."""
    declared = _parsed(path, faults)
    return None if declared is None else _filled(declared, environ, faults, Fault(str(path), "", ""))


def _parsed(path: Path, faults: list[Fault]) -> Any:
    """The file's content as it is written, an empty one's is {}; None, and a fault, where that cannot be had."""
    text = ""
    try:
        text = path.read_text("utf-8")
        declared = yaml.load(text, _StrictLoader)  # noqa: S506 - it is a CSafeLoader
    except UnicodeDecodeError as error:
        faults.append(Fault(str(path), "", f"is not UTF-8 (byte {error.start})"))
        return None
    except OSError as error:
        faults.append(Fault(str(path), "", error.strerror or "cannot be read"))
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        # The end of a file counts as a line after its last.
        line = min(mark.line, len(text.splitlines()) - 1) + 1 if mark else 0
        faults.append(Fault(str(path), f"line {line}" if line else "", error.problem or "is not YAML"))
        return None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # PyYAML lets go through what Python says of impossible dates and numbers.
        faults.append(Fault(str(path), "", f"is not YAML: {error}"))
        return None
    return {} if declared is None else declared


def _filled(value: Any, environ: Mapping[str, str], faults: list[Fault] | None, at: Fault) -> Any:
    """The value with every ${NAME} replaced; `at` is the place that a fault names. Without a list for faults, what is unknown stays."""
    if isinstance(value, dict):
        return {name: _filled(item, environ, faults, Fault(at.file, f"{at.key}.{name}".lstrip("."), "")) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, environ, faults, Fault(at.file, f"{at.key}.{n}", "")) for n, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def fill(match: re.Match[str]) -> str:
        """Return what the environment says of one ${NAME}."""
        if match[1] in environ:
            return environ[match[1]]
        if faults is None:
            return match[0]
        faults.append(Fault(at.file, at.key, f"the environment has no {match[1]}"))
        return ""

    return re.sub(r"\$\{([A-Z][A-Z0-9_]*)\}", fill, value)
