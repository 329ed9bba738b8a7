"""The home is laid out once, and what was broken off is done again; here with a program in Maven's place that fetches nothing."""

import stat
from pathlib import Path

import pytest

from tests.elasticsearch import home


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins for the four programs; each call is a line in the file `calls`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("java", "javac", "jar", "mvn"):
        tool = folder / name
        tool.write_text(
            f'#!/bin/sh\necho {name} >> "{tmp_path}/calls"\n[ ! -e "{tmp_path}/broken-{name}" ] || {{ echo "no {name} today" >&2; exit 1; }}\n'
        )
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return tmp_path


def calls(tools: Path) -> list[str]:
    return (tools / "calls").read_text("utf-8").split() if (tools / "calls").exists() else []


def test_it_is_laid_out_once(tools: Path) -> None:
    ready = home.installed(tools / "home")
    assert home.installed(tools / "home") == ready
    assert calls(tools) == ["mvn", "javac", "jar", "java"]
    assert "version=8.14.3" in (ready / "modules" / "transport-netty4" / "plugin-descriptor.properties").read_text("utf-8")


def test_what_was_broken_off_is_done_again(tools: Path) -> None:
    (tools / "broken-jar").touch()
    with pytest.raises(home.MissingError, match=r"`jar` failed \(no jar today\)"):
        home.installed(tools / "home")
    assert not (tools / "home" / "node").exists()
    (tools / "broken-jar").unlink()
    home.installed(tools / "home")
    assert calls(tools) == ["mvn", "javac", "jar", "mvn", "javac", "jar", "java"]


def test_another_recipe_is_laid_out_anew(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = home.installed(tools / "home")
    (ready / "lib" / "old.jar").touch()
    monkeypatch.setattr(home, "recipe", lambda: "another")
    home.installed(tools / "home")
    assert not (ready / "lib" / "old.jar").exists()
    assert calls(tools).count("mvn") == 2


def test_without_java_it_says_how_to_have_it(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(home.MissingError, match=r"there is no `java`: install a JDK .17 or 21. and Maven"):
        home.installed(tools / "home")
