"""The spool between crawls and the pipeline."""

import resource
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.errors import SpoolError
from crawlers.post import Broken, Engagement, Post, identified
from crawlers.spool import SpoolWriter, chunks, claimed, read, recover

AT = datetime(2024, 3, 5, 8, 15, tzinfo=UTC)


def post(number: int = 1, text: str = "示例") -> Post:
    return identified(
        Post(
            id="",
            text=text,
            title=f"第{number}条",
            native_id=str(number),
            platform="news",
            collected_at=AT,
            engagement=Engagement(heat=number, rank=1),
        )
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    posts = [post(number) for number in range(7)]
    with SpoolWriter(tmp_path, "example") as writer:
        for one in posts:
            writer.write(one)
    (chunk,) = chunks(tmp_path)
    assert chunk.name.startswith("example-")
    assert list(read(chunk)) == posts


def test_a_chunk_is_visible_two_seconds_after_its_first_post_though_nothing_more_comes(tmp_path: Path) -> None:
    writer = SpoolWriter(tmp_path, "example")
    start = time.monotonic()
    writer.write(post(1))
    assert chunks(tmp_path) == []
    while not chunks(tmp_path) and time.monotonic() - start < 5:
        time.sleep(0.01)
    assert time.monotonic() - start < 2
    assert list(read(chunks(tmp_path)[0])) == [post(1)]
    writer.write(post(2))
    writer.close()
    assert len(chunks(tmp_path)) == 2


def test_a_chunk_holds_no_more_than_it_may(tmp_path: Path) -> None:
    published: list[list[str]] = []
    with SpoolWriter(tmp_path, "example", most=3, published=published.append) as writer:
        for number in range(7):
            writer.write(post(number))
    assert [len(ids) for ids in published] == [3, 3, 1]
    assert [one.native_id for chunk in chunks(tmp_path) for one in read(chunk) if isinstance(one, Post)] == list("0123456")


def test_writers_never_share_a_name(tmp_path: Path) -> None:
    writers = [SpoolWriter(tmp_path, "example") for _ in range(20)]
    for number, writer in enumerate(writers):
        writer.write(post(number))
    assert recover(tmp_path) == []  # all of them live
    for writer in writers:
        writer.close()
    assert len(chunks(tmp_path)) == 20


def test_what_a_killed_writer_left_is_recovered_as_far_as_it_is_whole(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from crawlers.post import Post; from crawlers.spool import SpoolWriter\n"
        "writer = SpoolWriter(Path(sys.argv[1]), 'example'); writer.write(Post(id='1', text='一')); writer.write(Post(id='2', text='二'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    (part,) = tmp_path.glob("*.part")
    with part.open("ab") as lines:
        lines.write('{"id":"3","text":"半'.encode()[:-1])
    assert chunks(tmp_path) == []
    (chunk,) = recover(tmp_path)
    assert [one.text for one in read(chunk) if isinstance(one, Post)] == ["一", "二"]
    assert list(tmp_path.glob("*.part")) == []


def test_an_empty_part_of_a_dead_writer_disappears(tmp_path: Path) -> None:
    (tmp_path / "example-1-0.jsonl.part").write_bytes(b'{"id": "1"')
    assert recover(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_broken_line_has_its_place_and_the_rest_is_read(tmp_path: Path) -> None:
    chunk = tmp_path / "example-1-0.jsonl"
    chunk.write_bytes(b'{"id":"1","text":"a"}\n{"id":"2"}\n\xff\n[[[\n{"id":"3","text":"b"}\n')
    found = list(read(chunk))
    assert [one.id for one in found if isinstance(one, Post)] == ["1", "3"]
    assert [one.where for one in found if isinstance(one, Broken)] == [f"{chunk.name}:{line}" for line in (2, 3, 4)]


def test_a_full_disk_is_said_and_nothing_half_is_seen(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    writer = SpoolWriter(tmp_path, "example", wait=60)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        writer.write(post(1))
        with pytest.raises(SpoolError, match="cannot be written"):
            writer.write(post(2, "长" * 4000))
        writer.write(post(3))
        writer.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert [list(read(chunk)) for chunk in chunks(tmp_path)] == [[post(1), post(3)]]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match="file"):
        SpoolWriter(tmp_path / "file" / "spool", "example")


def test_the_next_writer_recovers_too_and_several_at_once_do_no_harm(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"example-{number}-0.jsonl.part").write_bytes(b'{"id":"1","text":"a"}\n')
    threads = [threading.Thread(target=SpoolWriter, args=(tmp_path, "example")) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(chunks(tmp_path)) == 30
    assert list(tmp_path.glob("*.part")) == []


def test_chunks_come_oldest_first_whatever_their_source(tmp_path: Path) -> None:
    for name in ("b-source-1000000000000000001-aa", "a-1000000000000000002-aa", "a-1000000000000000000-ff"):
        (tmp_path / f"{name}.jsonl").write_bytes(b"")
    assert [chunk.stem for chunk in chunks(tmp_path)] == ["a-1000000000000000000-ff", "b-source-1000000000000000001-aa", "a-1000000000000000002-aa"]


def filled(folder: Path, chunks_wanted: int) -> list[Path]:
    with SpoolWriter(folder, "example", most=1) as writer:
        for number in range(chunks_wanted):
            writer.write(post(number))
    return chunks(folder)


def test_a_chunk_is_claimed_by_one_at_a_time(tmp_path: Path) -> None:
    all_ = filled(tmp_path, 5)
    with claimed(tmp_path, 3) as first, claimed(tmp_path, 3) as second, claimed(tmp_path) as third:
        assert (first, second, third) == (all_[:3], all_[3:], [])
    with claimed(tmp_path) as again:
        assert again == all_


def test_what_another_removes_is_not_claimed(tmp_path: Path) -> None:
    all_ = filled(tmp_path, 2)
    with claimed(tmp_path, 1) as first:
        first[0].unlink()
        with claimed(tmp_path) as second:
            assert second == all_[1:]


def test_a_claim_ends_with_its_process_and_loses_nothing(tmp_path: Path) -> None:
    all_ = filled(tmp_path, 2)
    script = (
        "import os, signal, sys; from pathlib import Path; from crawlers.spool import claimed\n"
        "with claimed(Path(sys.argv[1])) as chunks:\n"
        "    chunks[0].unlink(); print(len(chunks), flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    run = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (-signal.SIGKILL, "2\n"), run.stderr
    with claimed(tmp_path) as left:
        assert left == all_[1:]


def test_a_chunk_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "example-1-2.jsonl").mkdir()
    with pytest.raises(SpoolError, match="Is a directory"), claimed(tmp_path):
        pass
