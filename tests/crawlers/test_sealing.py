"""Evidence is sealed so that only the private key opens it, and any change of it is seen."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from crawlers import files
from crawlers.post import Broken, Collected, Post, digest, identified, pseudonym
from crawlers.records import Reading
from crawlers.sealing import MOST, MOST_SEEN, Sealer, Sight, Unopened, label_of, opened
from crawlers.spool import SpoolWriter, chunks, read

AT = datetime(2024, 9, 5, 4, tzinfo=UTC)
PRIVATE = X25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = X25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
OPENING = PRIVATE.private_bytes_raw()
KEY = b"k" * 32
POST = identified(Post("", "某小学食堂午餐后多名学生呕吐", native_id="1", platform="weibo", author=pseudonym("张三", KEY), collected_at=AT))
PAGE = "<html><b>张三</b>：某小学食堂午餐后多名学生呕吐</html>".encode()


def sealer(key: bytes = KEY) -> Sealer:
    return Sealer(PRIVATE.public_key().public_bytes_raw(), key)


def sealed(page: bytes = PAGE, **names: str) -> bytes:
    return sealer().sealed(POST, author=names.get("author", "张三"), author_id=names.get("author_id", "u/88"), seen=Sight(page, "text/html"))


ENVELOPE = sealed()


def test_what_is_sealed_is_opened_as_it_was() -> None:
    label, witness = opened(ENVELOPE, [OTHER.private_bytes_raw(), OPENING])
    assert (label.post, label.digest, label.at) == (POST.id, digest(POST).hex(), AT)
    assert label.who == (pseudonym("张三", KEY), pseudonym("u/88", KEY))
    assert (witness.post, witness.author, witness.author_id, witness.page) == (POST, "张三", "u/88", PAGE)
    assert label_of(ENVELOPE[:4096]) == label


def test_nothing_of_it_can_be_read_from_outside() -> None:
    for word in ("张三", "u/88", "食堂"):
        assert word.encode() not in ENVELOPE
    assert sealed() != ENVELOPE


def test_without_a_key_for_names_the_label_has_none() -> None:
    assert label_of(sealer(b"").sealed(POST, author="张三", author_id="", seen=Sight(PAGE))).who == ()


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(Unopened, match="another key"):
        opened(ENVELOPE, [OTHER.private_bytes_raw()])


@given(st.integers(0, len(ENVELOPE) - 1), st.integers(1, 255))
def test_any_changed_byte_is_seen(place: int, change: int) -> None:
    changed = bytearray(ENVELOPE)
    changed[place] ^= change
    with pytest.raises(Unopened):
        opened(bytes(changed), [OPENING])


@given(st.integers(0, len(ENVELOPE) - 1))
def test_a_cut_one_is_seen(length: int) -> None:
    with pytest.raises(Unopened):
        opened(ENVELOPE[:length], [OPENING])


def test_a_long_page_is_compressed_and_one_that_is_too_long_is_told_by_its_sum() -> None:
    long = "<p>某小学食堂午餐后多名学生呕吐</p>".encode() * 20_000
    assert len(sealed(long)) < len(long) // 20
    assert opened(sealed(long), [OPENING])[1].page == long
    for page in (b"x" * (MOST_SEEN + 1), random.Random(5).randbytes(MOST)):
        witness = opened(sealed(page), [OPENING])[1]
        assert (witness.page, witness.size) == (b"", len(page))
        assert len(witness.sha256) == 64


def test_keys_are_made_anew_now_and_then() -> None:
    one = sealer()
    envelopes = [one.sealed(POST, author="张三", author_id="", seen=Sight(b"")) for _ in range(600)]
    start = envelopes[0].index(b"{")
    end = start + int.from_bytes(envelopes[0][start - 4 : start])
    assert len({envelope[end : end + 32] for envelope in envelopes}) == 3
    assert len({envelope[end + 32 : end + 44] for envelope in envelopes}) == 600
    assert all(opened(envelope, [OPENING]) for envelope in envelopes[::99])


def test_a_spool_carries_posts_with_and_without_evidence(tmp_path: Path) -> None:
    found = [Collected(POST, ENVELOPE), POST]
    with SpoolWriter(tmp_path, "example") as writer:
        for one in found:
            writer.write(one)
    (chunk,) = chunks(tmp_path)
    assert list(read(chunk)) == found
    assert "张三".encode() not in chunk.read_bytes()


def test_a_line_of_a_file_is_sealed_with_its_author(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("text,author,author_id,published_at\n食堂有虫,张三,u/88,2024-09-05\n,李四,,不是时间\n", "utf-8")
    one, broken = files.read(str(path), Reading(AT, author_key=KEY, sealer=sealer()))
    assert isinstance(one, Collected)
    _, witness = opened(one.sealed, [OPENING])
    assert (witness.author, witness.author_id) == ("张三", "u/88")
    assert "张三".encode() in witness.page
    assert one.post.author == pseudonym("张三", KEY)
    assert isinstance(broken, Broken)
    assert "李四" not in broken.raw
    assert pseudonym("李四", KEY) in broken.raw
