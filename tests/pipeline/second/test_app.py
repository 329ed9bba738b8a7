"""A home with a second opinion: its key from the environment, its answers in the home, and a replay that asks nothing."""

from pathlib import Path

import pytest

from config.errors import ModelError
from pipeline import home
from pipeline.app import App
from pipeline.store import EventFilter
from tests.pipeline.made import StubAnalyst, hours, judged
from tests.pipeline.second.endpoint import Endpoint, served


def tracked(place: home.Home, environ: dict[str, str], **options: bool) -> list[str]:
    with App(place, store_url="memory:", environ=environ, **options) as app:
        app.__dict__["analyst"] = StubAnalyst()
        app.store.keep([judged(text, at=hours(number), score=0.3, terms=text) for number, text in enumerate(("舒兰 三中 呕吐", "酸菜 汤圆"))])
        app.track()
        return [event.title for event in app.store.events(EventFilter()).items]


def declared(place: home.Home, second: str) -> None:
    path = place.folder / "settings.yaml"
    path.write_text(path.read_text("utf-8").replace("second:\n  kind: none", f"second: {second}"), "utf-8")


def asked(endpoint: Endpoint) -> list[str | None]:
    return [headers.get("Authorization") for headers, _ in endpoint.requests]


def test_a_home_asks_its_own_model_and_a_replay_knows_the_answers(tmp_path: Path) -> None:
    place = home.made(tmp_path / "home")
    with served() as endpoint:
        declared(place, f"{{kind: openai, url: '{endpoint.url}', model: qwen, key: '${{SOME_KEY}}'}}")
        assert tracked(place, {"SOME_KEY": "sesame"}, asks=False) == []
        assert asked(endpoint) == []
        assert tracked(place, {"SOME_KEY": "sesame"}) == ["舒兰 三中 呕吐"]
        assert tracked(place, {"SOME_KEY": "sesame"}, asks=False) == ["舒兰 三中 呕吐"]
        assert asked(endpoint) == ["Bearer sesame"]
    kept = place.opinions.read_text("utf-8")
    assert len(kept.splitlines()) == 2
    assert "舒兰" not in kept
    assert "sesame" not in kept


def test_a_shipped_home_asks_nobody(tmp_path: Path) -> None:
    place = home.made(tmp_path / "home")
    with App(place, environ={}) as app:
        assert app.second is None
    assert not place.opinions.exists()


def test_a_model_that_is_not_there_is_said(tmp_path: Path) -> None:
    place = home.made(tmp_path / "home")
    declared(place, "{kind: onnx, model: none.onnx}")
    with App(place, environ={}) as app, pytest.raises(ModelError, match="second"):
        assert app.second
