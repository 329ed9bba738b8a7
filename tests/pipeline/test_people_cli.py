"""The commands for people, a desk that others may reach, and the terminal that asks for a password."""

import http.client
import json
import os
import pty
import subprocess
import sys
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from pipeline import app
from tests.pipeline.commands import Shian, home, shian  # noqa: F401 - fixtures
from tests.pipeline.people import PASSWORD, passwords
from tests.pipeline.test_processes import ROOT, answers, environ, started, until  # noqa: F401 - fixtures


def test_users_come_change_and_go(shian: Shian, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr("pipeline.cli.users.Passwords", passwords)

    def run(*words: str, given: str = PASSWORD + "\n"):
        return shian("user", *words, given=given, home=home)

    added = run("add", "limin", "--role", "值班", "--title", "李敏", "--password-stdin", "--json")
    assert added.code == 0, added.err
    assert {key: added.lines[0][key] for key in ("name", "title", "role", "disabled")} == {
        "name": "limin",
        "title": "李敏",
        "role": "duty",
        "disabled": False,
    }
    assert added.lines[0]["created"].endswith("+08:00")
    assert run("add", "root", "--role", "admin", "--password-stdin").err == "root: added (admin 管理员, signs root)\n"
    for words, given, why in (
        (("add", "limin", "--role", "duty", "--password-stdin"), PASSWORD, "there is a user limin already"),
        (("add", "Li", "--role", "duty", "--password-stdin"), PASSWORD, "cannot be a user's name"),
        (("add", "wang", "--role", "boss", "--password-stdin"), PASSWORD, "is no role"),
        (("add", "wang", "--role", "duty", "--password-stdin"), "short", "10 to 200 characters"),
        (("add", "wang", "--role", "duty", "--password-stdin"), "", "10 to 200 characters"),
        (("add", "wang", "--role", "duty"), PASSWORD, "no terminal"),
        (("role", "root", "reader"), "", "root is the last admin"),
        (("disable", "root"), "", "root is the last admin"),
        (("remove", "root"), "", "root is the last admin"),
        (("password", "nobody", "--password-stdin"), PASSWORD, "no user is called nobody"),
        (("token", "nobody"), "", "no user is called nobody"),
        (("revoke", "00000000"), "", "no tokens"),
    ):
        ran = run(*words, given=given)
        assert (ran.code, why in ran.err, ran.out) == (2, True, ""), ran
    assert run("role", "limin", "assessor", "--json").lines[0]["role"] == "assessor"
    assert run("title", "limin", "李 敏", "--json").lines[0]["title"] == "李 敏"
    assert run("password", "limin", "--password-stdin", given="another 12 words\n").code == 0
    assert run("disable", "limin").code == 0
    assert run("list").out == "limin\tassessor\toff\t李 敏\nroot\tadmin\ton\troot\n"
    assert run("enable", "limin", "--json").lines[0]["disabled"] is False
    token = run("token", "limin", "--days", "30", "--json").lines[0]
    assert token["token"].startswith("shian_")
    feed = run("token", "limin", "--feed").out.strip()
    assert [one["kind"] for one in run("tokens", "limin", "--json").lines] == ["api", "feed"]
    assert token["token"] not in run("tokens").out + feed
    assert run("revoke", token["id"]).err == f"{token['id']}: revoked\n"
    assert run("remove", "limin").code == 0
    assert run("tokens").out == ""
    lines = shian("audit", "--json", home=home).lines
    assert [line["action"] for line in lines][:3] == ["user.remove", "token.revoke", "token.make"]
    assert {line["by"].split(":")[0] for line in lines} == {"shell"}
    assert shian("audit", "--by", "nobody", home=home).out == ""
    assert len(shian("audit", "--limit", "2", "--since", "2024-01-01", home=home).out.splitlines()) == 2
    kept = b"".join(path.read_bytes() for path in home.glob("shian.db*"))
    assert PASSWORD.encode() not in kept
    assert feed.encode() not in kept


def test_purge_tidies_people_away_too(shian: Shian, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    assert shian("user", "add", "root", "--role", "admin", "--password-stdin", given=PASSWORD, home=home).code == 0
    (home / "settings.yaml").write_text((home / "settings.yaml").read_text("utf-8") + "people:\n  audit: 1s\n", "utf-8")
    later = app.now() + timedelta(seconds=2)
    monkeypatch.setattr(app, "now", lambda: later)
    assert shian("purge", home=home).code == 0
    assert shian("audit", home=home).out == ""
    assert shian("user", "list", home=home).out.startswith("root\t")


@pytest.mark.slow
def test_a_terminal_is_asked_twice_and_shows_nothing(shian: Shian, home: Path) -> None:  # noqa: F811
    words = [sys.executable, "-m", "pipeline.cli", "--home", str(home), "user", "add", "root", "--role", "admin"]
    terminal, theirs = pty.openpty()
    seen = b""
    with subprocess.Popen(words, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True) as process:
        os.close(theirs)
        for prompt in (b"characters): ", b"again: "):
            while not seen.endswith(prompt):
                seen += os.read(terminal, 1000)
            os.write(terminal, b"four plain words\n")
        with suppress(OSError):  # the end of a terminal
            while more := os.read(terminal, 1000):
                seen += more
    os.close(terminal)
    assert process.returncode == 0, seen
    assert b"four plain words" not in seen


def ask(
    port: int, method: str, path: str, *, host: str = "127.0.0.1", body: dict[str, str] | None = None, **headers: str
) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    sent = urlencode(body) if body is not None else None
    kind = {"content-type": "application/x-www-form-urlencoded"} if body is not None else {}
    with closing(connection):
        connection.request(method, path, sent, {"host": host, **kind, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}


@pytest.mark.slow
def test_a_desk_for_others_starts_with_its_first_user_only(environ, started, shian: Shian, home: Path) -> None:  # noqa: F811
    environ |= {"SHIAN_HOME": str(home), "SHIAN_DESK_HOST": "0.0.0.0"}
    for part in ("up", "desk"):
        run = subprocess.run(
            [sys.executable, "-m", "pipeline.cli", part], cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=60
        )
        assert (run.returncode, run.stdout) == (1, "")
        assert "shian user add NAME --role admin" in run.stderr
    assert shian("user", "add", "root", "--role", "admin", "--password-stdin", given=PASSWORD, home=home).code == 0
    environ["SHIAN_DESK_HOSTS"] = json.dumps(["desk.example"])
    environ["SHIAN_DESK_HTTPS"] = "true"
    started("pipeline.cli", "desk")
    port = int(environ["SHIAN_DESK_PORT"])
    until(lambda: answers(f"http://127.0.0.1:{port}/healthz"))
    assert ask(port, "GET", "/api/alerts", host="desk.example")[0] == 401
    assert ask(port, "GET", "/login", host="evil.example")[0] == 421
    login = {"name": "root", "password": PASSWORD}
    status, _, headers = ask(
        port, "POST", "/login", host="desk.example", body=login, origin="https://desk.example", **{"x-forwarded-for": "10.9.8.7"}
    )
    assert (status, headers["set-cookie"].split("=")[0]) == (303, "__Host-shian")
    cookie = headers["set-cookie"].split(";")[0]
    assert ask(port, "GET", "/api/alerts", host="desk.example", cookie=cookie)[0] == 200
    # The proxy on this machine is believed whom it asks for.
    assert shian("audit", "--by", "root", "--json", home=home).lines[0]["detail"] == "10.9.8.7"
