"""A worker with nothing to do asks the store little, and still sees what people want."""

from pathlib import Path

import pytest

from pipeline import app as root
from pipeline import regroup
from pipeline.app import App
from pipeline.store import EventFilter
from pipeline.track import Tracker
from tests.pipeline.made import StubAnalyst, hours, judged


def test_who_keeps_the_lead_asks_once_a_look_and_once_a_second_for_what_is_to_be_regrouped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with App(None, store_url="memory:", environ={}) as app:
        store = app.store
        store.keep([judged(text, at=hours(number), terms=text) for number, text in enumerate(("舒兰 三中 呕吐", "四平 病死猪 肉铺"))])
        monkeypatch.setitem(app.__dict__, "tracker", Tracker(store, StubAnalyst(), app.config))
        asked, moment = [], [0.0]
        monkeypatch.setattr(root.time, "monotonic", lambda: moment[0])
        app.lead()
        pending, tally = store.pending, store.ledger.tally
        monkeypatch.setattr(store, "pending", lambda limit: asked.append("pending") or pending(limit))
        monkeypatch.setattr(store.ledger, "tally", lambda book: asked.append(book) or tally(book))
        for look in range(8):
            moment[0] = 1 + look / 4
            app.lead()
        assert asked == (["pending", regroup.BOOK] + ["pending"] * 3) * 2
        one, other = (event.id for event in store.events(EventFilter()).items)
        regroup.merge(store, one, other, by="李", reason="同一件事", now=hours(2))
        moment[0] = 3.0
        app.lead()
        assert [event.id for event in store.events(EventFilter()).items] == [other]
