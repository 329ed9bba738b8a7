"""An installed wheel runs outside the checkout, with all that it needs inside."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # Built from a copy, so that no build folder is left in the checkout.
    source = folder / "source"
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        if (ROOT / name).is_file() and not name.startswith(("tests/", "docs/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source)]
    subprocess.run([*pip, *build], check=True, capture_output=True)
    wheel = next(folder.glob("*.whl"))
    subprocess.run([*pip, "install", "--no-deps", "--target", str(folder / "site"), str(wheel)], check=True, capture_output=True)
    return folder / "site"


def ran(site: Path, *words: str, cwd: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SHIAN_")} | {"PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *words], cwd=cwd, env=environ, input=given, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_a_wheel_works_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = subprocess.run(
        [sys.executable, "-c", "import pipeline; print(pipeline.__file__)"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(installed) in where.stdout
    assert ran(installed, "check", cwd=tmp_path).returncode == 0
    answer = ran(installed, "assess", cwd=tmp_path, given='{"text": "小学食堂午餐后多名学生呕吐腹泻送医"}\n')
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["relevant"]["is"] is True
    measured = ran(installed, "evaluate", "places", "--json", cwd=tmp_path)
    assert json.loads(measured.stdout)["places"]["n"] > 200
    home = tmp_path / "home"
    assert ran(installed, "init", str(home), cwd=tmp_path).returncode == 0
    assert ran(installed, "--home", str(home), "search", "", "--json", cwd=tmp_path).returncode == 0
    assert ran(installed, "--home", str(home), "digest", "--preview", cwd=tmp_path).returncode == 0
