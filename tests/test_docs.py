"""The documents say what is true: every setting, command, measure and term; both READMEs; and their commands run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from config.board import Board
from config.load import load, setting_names
from config.schema import Rule, Settings, Topic
from config.source import Source
from pipeline.cli.frame import Commands
from pipeline.measures import MEASURES
from pipeline.store.elastic_cluster import READING, WRITING
from pipeline.store.elastic_indices import KINDS, SCHEMA

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.mark.parametrize("setting", [name for name, _ in setting_names(Settings)])
def test_every_setting_is_described(setting: str) -> None:
    assert re.search(rf"^\| `{re.escape(setting)}` \| .+ \| .+ \|$", text("docs/settings.md"), re.MULTILINE)


@pytest.mark.parametrize("command", sorted(Commands.MODULES))
def test_every_command_is_described(command: str) -> None:
    assert f"`shian {command}" in text("docs/commands.md")


@pytest.mark.parametrize(("kind", "page"), [(Source, "docs/source-keys.md"), (Topic, "docs/topics.md")])
def test_every_key_of_what_an_office_declares_is_described(kind: type[Source | Topic], page: str) -> None:
    named = {name for row in re.findall(r"^\| (`[^|]+) \|", text(page), re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert named >= set(kind.model_fields) - {"name"}


@pytest.mark.parametrize("measure", list(MEASURES))
def test_every_measure_is_described(measure: str) -> None:
    listed = {name.strip() for row in re.findall(r"^\| ([a-z, -]+) \|", text("docs/rules.md"), re.MULTILINE) for name in row.split(",")}
    assert measure in listed


def test_every_error_is_in_the_picture() -> None:
    drawn = text("docs/architecture.md")
    for name in re.findall(r"^class (\w+)\(", text("config/errors.py"), re.MULTILINE):
        assert name in drawn


@pytest.mark.parametrize("page", ["README.md", "README.zh.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text(page)):
        if "://" not in target:
            assert ((ROOT / page).parent / target).exists(), target


def test_both_readmes_have_the_same_commands_and_pictures() -> None:
    english, chinese = text("README.md"), text("README.zh.md")
    assert BLOCK.findall(english) == BLOCK.findall(chinese)
    assert re.findall(r"\((docs/pictures/\S+)\)", english) == re.findall(r"\((docs/pictures/\S+)\)", chinese)


@pytest.mark.slow
def test_the_commands_of_the_readme_run(tmp_path: Path) -> None:
    # `make` runs in its own tests, and `shian up` until somebody ends it.
    lines = [line for kind, block in BLOCK.findall(text("README.md")) if kind == "bash" for line in block.splitlines()]
    script = "\n".join(line for line in lines if line and not line.startswith(("make ", "shian up")))
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SHIAN_")}
    environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
    run = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "某小学食堂午餐后多名学生呕吐送医" in run.stdout
    assert "<html" in (tmp_path / "digest.html").read_text("utf-8")


def test_the_examples_of_contributing_are_valid() -> None:
    source, topic, rule, channel, board = (yaml.safe_load(block) for kind, block in BLOCK.findall(text("CONTRIBUTING.md")) if kind == "yaml")
    Source.model_validate({"name": "x", **source})
    Topic.model_validate({"name": "x", **topic})
    assert Rule.model_validate({"name": "x", **rule}).measure in MEASURES
    assert channel["kind"] == "wecom"
    Board.model_validate({"name": "x", **board})


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_elasticsearch_is_described(kind: str) -> None:
    told = re.search(rf"^### PREFIX-{kind}\n(.*?)(?=^### |\Z)", text("docs/elasticsearch.md"), re.MULTILINE | re.DOTALL)
    assert told
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| .+ \|$", told[1], re.MULTILINE)
    assert rows == [(field, mapping["type"]) for field, mapping in KINDS[kind].items()]


def test_every_call_to_elasticsearch_has_its_right() -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "pipeline/store").glob("elastic*.py"))
    code = re.sub(r"\.options\([^()]*\)|_now\(\)", "", code)
    called = set(re.findall(r"client\.((?:\w+\.)?\w+)\(", code)) - {"close", "options"}
    rights = text("docs/elasticsearch.md").partition("## Rights")[2].partition("As a role")[0]
    assert set(re.findall(r"`([\w.]+)`", "\n".join(row.split("|")[1] for row in rights.splitlines() if row.startswith("| `")))) == called


def test_the_figures_of_elasticsearch_are_those_of_the_code() -> None:
    told = text("docs/elasticsearch.md")
    assert f"(`_meta.shian`, now {SCHEMA})" in told
    assert f" | {READING:.0f} s | " in told
    assert f" | {WRITING:.0f} s, " in told


def test_every_declared_default_holds() -> None:
    assert load().settings.track == Settings().track


def test_the_unit_and_the_guide_name_commands_that_there_are() -> None:
    told = "\n".join(line for line in (text("docs/install.md") + text("docs/shian.service")).splitlines() if not line.startswith("#"))
    named = set(re.findall(r"(?:bin/shian(?: --home [^\s']+)?|(?:^|`)s) ([a-z]+)", told, re.MULTILINE))
    assert named == {"init", "check", "doctor", "channel", "sources", "up", "user", "store"}
    assert named <= set(Commands.MODULES)
