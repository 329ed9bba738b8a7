"""`shian train --verdicts`: a model that learned from the desk is taken where it judges no worse, else nothing is written."""

import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec import structs

from crawlers.post import Post, digest, identified
from nlp import corpora
from nlp.model import FORMAT
from pipeline.app import App
from pipeline.cli import main
from pipeline.home import Home, made
from pipeline.model import Edit, JudgedPost, Step
from tests.contracts.posts import START, at, event, thought
from tests.pipeline.made import member

JOKES = ("老鼠掉进米缸的寓言故事", "喝了假酒一样的操作", "地沟油歌手的专辑发霉了我都爱听")
MATTERS = ("城东小学午餐吃出蚯蚓家长围在校门口", "菜场一摊位卖注胶虾被查", "老字号糕点霉变仍在货架", "婴儿米粉检出镉超标")


class Ran(NamedTuple):
    code: object
    out: str
    err: str


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    for name in ("SHIAN_HOME", "SHIAN_DATA"):
        monkeypatch.delenv(name, raising=False)
    return made(tmp_path / "home")


def decided(home: Home, texts: tuple[str, ...], status: str) -> None:
    """Events of one post each, and what a person decided of them."""
    posts = [identified(Post("", text, platform="weibo", source="weibo-hot", published_at=START, collected_at=START)) for text in texts]
    with App(home) as app:
        app.store.keep([JudgedPost(post, thought(), digest(post)) for post in posts])
        for post in posts:
            name = f"e{post.id}"
            members = (structs.replace(member(post.id), event=name),)
            app.store.commit(Step(cleared=(post.id,), events=(event(name),), members=members))
            app.store.triage(name, Edit("李", status=status), version=0, now=at(1))


def trained(home: Home, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> Ran:
    monkeypatch.setattr(sys, "argv", ["shian", "--home", str(home.folder), "train", "--verdicts", *words])
    capfd.readouterr()
    code: object = 0
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    told = capfd.readouterr()
    return Ran(code, told.out, told.err)


def version(home: Home) -> str:
    with App(home) as app:
        return app.analyst.version


@pytest.mark.slow
def test_an_accepted_model_is_the_homes_from_then_on(home: Home, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    decided(home, JOKES, "dismissed")
    decided(home, MATTERS, "acknowledged")
    home.models.mkdir()
    (home.models / "own.onnx").write_text("kept")
    packaged = version(home)
    ran = trained(home, capfd, monkeypatch)
    assert ran.code == 0, ran.err
    assert "no real texts" in ran.err
    assert "fitted to 5 posts, measured on 2 others" in ran.err
    assert ran.out.startswith("set\tfigure\tbefore\tafter\n")
    assert "\nwritten\tf1\t" in ran.out
    assert "\nverdicts\tright\t" in ran.out
    assert {path.name for path in home.models.iterdir()} == {"manifest.json", "weights.npz", "words.txt", "own.onnx"}
    assert version(home) != packaged
    assert [path.name for path in home.folder.glob(".models-*")] == []
    monkeypatch.setattr(sys, "argv", ["shian", "--home", str(home.folder), "evaluate", "written"])
    main()
    after = ran.out.partition("written\tf1\t")[2].split()[1]
    assert f"\n  f1\t{after}\n" in capfd.readouterr().out
    assert trained(home, capfd, monkeypatch, "--to", str(home.folder / "elsewhere")).code == 0
    assert (home.folder / "elsewhere" / "weights.npz").read_bytes() == (home.models / "weights.npz").read_bytes()


@pytest.mark.slow
def test_a_model_that_is_worse_is_refused_and_nothing_is_written(
    home: Home, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    true = [one.text for one in corpora.written() if one.relevant and not corpora.is_held_out(one)]
    decided(home, tuple(true[:: len(true) // 40]), "dismissed")
    packaged = version(home)
    ran = trained(home, capfd, monkeypatch)
    assert ran.code == 1
    assert "nothing was written, for the model would judge worse:\nwritten: f1 " in ran.err
    assert "\nwritten\tf1\t" in ran.out
    assert not home.models.exists()
    assert version(home) == packaged


def test_without_a_decision_there_is_nothing_to_learn(home: Home, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    ran = trained(home, capfd, monkeypatch)
    assert (ran.code, ran.out) == (1, "")
    assert "nothing to learn from: acknowledge or dismiss events at the desk first" in ran.err


def test_a_model_of_the_home_that_does_not_load_is_told(home: Home, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    home.models.mkdir()
    (home.models / "manifest.json").write_text(f'{{"format": {FORMAT}}}', "utf-8")
    monkeypatch.setattr(sys, "argv", ["shian", "--home", str(home.folder), "doctor"])
    with pytest.raises(SystemExit):
        main()
    assert "the model does not load" in capfd.readouterr().out
