"""A bundle holds what was seen, with authors in clear, and shows any change of any byte."""

import contextlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from config.errors import InputError
from crawlers.post import digest, pseudonym
from crawlers.sealing import Sealer, Sight
from pipeline import audit
from pipeline.evidence import archive, keys
from pipeline.evidence.bundle import Bundle, Wanted, bundled
from pipeline.evidence.folder import Folder
from pipeline.evidence.verified import verified
from pipeline.model import Member, Step
from pipeline.store.memory import MemoryStore
from tests.contracts.posts import at, event, judged

KEYS = keys.Keys(bytes(range(32)), bytes(range(32, 64)))
OTHER = keys.Keys(bytes(range(1, 33)), bytes(range(33, 65)))
KEY = b"k" * 32
PAGE = "<html>食堂有虫</html>".encode()


class Desk:
    """A store with an event of three posts, two of them sealed, and the folder of evidence."""

    def __init__(self, folder: Path) -> None:
        self.place = folder
        self.store, self.folder = MemoryStore(), Folder(folder / "evidence")
        plain = [judged(number, f"食堂第{number}次有虫", author=pseudonym("张三", KEY)) for number in (1, 2, 3)]
        self.posts = [structs.replace(one, digest=digest(one.post)) for one in plain]
        self.store.keep(self.posts)
        sealer = Sealer(bytes.fromhex(KEYS.public), KEY)
        found = [
            (one, sealer.sealed(one.post, author="张三", author_id="u/88", seen=Sight(PAGE, "text/html; charset=utf-8"))) for one in self.posts[:2]
        ]
        assert (self.folder.keep(found, at(9)), self.folder.keep(found, at(9))) == (2, 0)
        self.event = self.posts[0].post.id
        members = tuple(Member(self.event, one.post.id, one.post.at, "题", "weibo", "weibo-hot", one.assessment) for one in self.posts)
        self.store.commit(Step((), events=(event(self.event, posts=3),), members=members))

    def bundle(self, *ids: str, name: str = "b.zip", pair: keys.Keys = KEYS, now: Callable[[], datetime] = lambda: at(99), **more: bool) -> Bundle:
        wanted = Wanted(ids or (self.event,), "王", "线索移送", "shian 1", **more)
        return bundled(self.store, self.folder, wanted, keys=[pair], out=self.place / name, now=now)


def told(desk: Desk) -> list[str]:
    """What the audit says of evidence."""
    return sorted((json.loads(entry.body)["detail"] for entry in desk.store.ledger.page(audit.BOOK).items), reverse=True)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("whole")
    Desk(folder).bundle()
    return (folder / "b.zip").read_bytes()


def test_a_bundle_holds_what_was_seen_and_says_what_is_lacking(desk: Desk) -> None:
    done = desk.bundle()
    assert (done.posts, done.seen) == (3, 2)
    assert done.lacking == (f"post {desk.posts[2].post.id}: no evidence of it was sealed, or it was removed",)
    with zipfile.ZipFile(desk.place / "b.zip") as bundle:
        place = f"00001-{desk.event[:8]}"
        seen = json.loads(bundle.read(f"{place}/seen-1.json"))
        assert bundle.read(f"{place}/seen-1.page.html") == PAGE
        assert bundle.read(f"{place}/seen-1.txt").decode() == "食堂第1次有虫"
        assert (seen["author"], seen["author_id"], seen["page"]["sha256"]) == ("张三", "u/88", archive.sha256(PAGE))
        assert json.loads(bundle.read(f"00003-{desk.posts[2].post.id[:8]}/kept.json"))["author"] == pseudonym("张三", KEY)
        manifest = json.loads(bundle.read("manifest.json"))
        assert (manifest["by"], manifest["reason"], manifest["tool"], manifest["of"]) == ("王", "线索移送", "shian 1", [desk.event])
    assert (desk.place / "b.zip").stat().st_mode & 0o777 == 0o600
    opening, made = told(desk)
    assert opening == "opens 3 posts: 线索移送"
    assert made == f"bundled 2 pages, SHA-256 {done.sha256}"


def test_the_same_bundle_is_the_same_to_the_byte(desk: Desk) -> None:
    assert desk.bundle().sha256 == desk.bundle(name="again.zip").sha256


def test_posts_may_be_asked_for_though_an_event_is_called_so(desk: Desk) -> None:
    assert desk.bundle(desk.event, only_posts=True).posts == 1
    assert desk.bundle(desk.event, desk.posts[1].post.id, name="two.zip").posts == 3


def test_it_is_whole_as_it_was_made(desk: Desk) -> None:
    desk.bundle()
    verdict = verified(desk.place / "b.zip", signer=KEYS.signer)
    assert verdict.is_whole
    assert list(verdict.files.values()) == ["ok"] * 12
    strange = verified(desk.place / "b.zip", signer=OTHER.signer)
    assert (strange.is_whole, "not by" in strange.faults[0]) == (False, True)


def test_another_key_opens_nothing_and_leaves_nothing_but_the_note(desk: Desk) -> None:
    with pytest.raises(InputError, match=r"none of the evidence could be opened.*another key"):
        desk.bundle(pair=OTHER)
    assert not list(desk.place.glob("b.zip*"))
    assert told(desk) == ["opens 3 posts: 线索移送"]


def test_a_damaged_file_is_named_and_the_others_go_on(desk: Desk) -> None:
    piece = next(iter(desk.folder.of([desk.event])[desk.event]))
    body = bytearray(piece.path.read_bytes())
    body[-1] ^= 1
    piece.path.write_bytes(bytes(body))
    done = desk.bundle()
    assert done.seen == 1
    assert f"{piece.path.name} was changed since it was sealed" in done.lacking[0]
    assert verified(desk.place / "b.zip").is_whole


@pytest.mark.parametrize(("ids", "why"), [(("missing",), "no event and no post missing")])
def test_what_is_not_there_is_said(desk: Desk, ids: tuple[str, ...], why: str) -> None:
    with pytest.raises(InputError, match=why):
        desk.bundle(*ids)


def test_a_bundle_is_never_written_over(desk: Desk) -> None:
    desk.bundle()
    with pytest.raises(InputError, match="there already"):
        desk.bundle()


def changed(whole: bytes, edit: Callable[[dict[str, bytes]], None]) -> bytes:
    """The bundle with other files in it, zipped as a bundle is."""
    with zipfile.ZipFile(io.BytesIO(whole)) as bundle:
        files = {name: bundle.read(name) for name in bundle.namelist()}
    edit(files)
    target = io.BytesIO()
    archive.written(target, files.items())
    return target.getvalue()


def looked(tmp_path: Path, body: bytes) -> tuple[bool, dict[str, str], tuple[str, ...]]:
    path = tmp_path / "other.zip"
    path.write_bytes(body)
    verdict = verified(path)
    return verdict.is_whole, verdict.files, verdict.faults


def test_a_file_that_was_changed_added_or_taken_out_is_named(whole: bytes, tmp_path: Path) -> None:
    def edit(files: dict[str, bytes]) -> None:
        names = list(files)
        files[names[0]] += b" "
        files["more.txt"] = b"x"
        del files[names[1]]

    ok, files, _ = looked(tmp_path, changed(whole, edit))
    assert not ok
    assert sorted(word for word in files.values() if word != "ok") == ["added", "changed", "missing"]


def test_who_rewrites_the_manifest_too_cannot_sign_it(whole: bytes, tmp_path: Path) -> None:
    def edit(files: dict[str, bytes]) -> None:
        text = files["manifest.json"].replace("线索移送".encode(), "别的理由".encode())
        files["SHA256SUMS"] = files["SHA256SUMS"].replace(archive.sha256(files["manifest.json"]).encode(), archive.sha256(text).encode())
        files["manifest.json"] = text

    ok, files, faults = looked(tmp_path, changed(whole, edit))
    assert (ok, set(files.values()), faults) == (False, {"ok"}, ("the signature is not good",))


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig", "SHA256SUMS"])
def test_without_what_sums_it_up_it_is_not_whole(whole: bytes, tmp_path: Path, name: str) -> None:
    assert not looked(tmp_path, changed(whole, lambda files: files.__delitem__(name)))[0]


def test_what_is_no_zip_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK nonsense")
    for path in (tmp_path / "x.zip", tmp_path / "none.zip"):
        with pytest.raises(InputError):
            verified(path)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_is_seen(whole: bytes, tmp_path: Path, data: st.DataObject) -> None:
    body = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    if body == whole:
        return
    with contextlib.suppress(InputError):
        assert not looked(tmp_path, bytes(body))[0]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 400), more=st.binary(max_size=20))
def test_what_is_cut_or_appended_is_seen(whole: bytes, tmp_path: Path, cut: int, more: bytes) -> None:
    body = whole[: len(whole) - cut] + more
    if body == whole:
        return
    with contextlib.suppress(InputError):
        assert not looked(tmp_path, body)[0]


def test_keys_are_kept_under_a_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "private.json"
    pair = keys.made()
    keys.saved(pair, path, "correct horse", cost=4)
    assert path.stat().st_mode & 0o777 == 0o600
    assert keys.loaded(path, "correct horse") == pair
    assert pair.opening.hex() not in path.read_text("utf-8")
    with pytest.raises(InputError, match="passphrase is wrong"):
        keys.loaded(path, "wrong horse")
    with pytest.raises(InputError):
        keys.saved(pair, path, "correct horse", cost=4)
    path.write_text("{}")
    with pytest.raises(InputError, match="no file of"):
        keys.loaded(path, "correct horse")
    assert X25519PrivateKey.from_private_bytes(pair.opening).public_key().public_bytes_raw().hex() == pair.public
