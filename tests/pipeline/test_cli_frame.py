"""The frame of the command line finds every command in its module."""

from importlib import import_module
from pathlib import Path

from pipeline.cli import frame
from pipeline.cli.frame import Commands, cli


def test_every_command_is_found_where_the_table_says_and_none_is_missing() -> None:
    for module in set(Commands.MODULES.values()):
        import_module(f"pipeline.cli.{module}")
    assert {name: command.callback.__module__.rpartition(".")[2] for name, command in cli.commands.items() if name != "sources"} == {
        name: module for name, module in Commands.MODULES.items() if name != "sources"
    }
    assert set(cli.commands["sources"].commands) == {"try", "add", "import"}
    assert {path.stem for path in Path(frame.__file__).parent.glob("[a-z]*.py")} - {"frame", "tables", "sources"} <= set(Commands.MODULES.values())
