"""`python -m tests.bench.beside`: how long attachments and pictures take to read apart, and how long everything else waits for it meanwhile.

Pictures are read by the real engine where the extra `ocr` is installed, in a Chinese font of the machine. Nothing here is asserted.
"""

import asyncio
import importlib.util
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from crawlers.beside import samples_in, words_in
from tests.crawlers.made import FIRST, HEAD, docx, packed, pdf, xlsx

T = TypeVar("T")
ROWS = 300
FONTS = ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
SAID = ("紧急通知：某品牌面粉含有致癌物", "大家千万不要再买了，已有多人住院", "转发给家人朋友，一定要看", "权威专家证实，吃了会中毒")


def main() -> None:
    """Print a line for each."""
    rows = [(n, *FIRST[1:]) for n in range(ROWS)]
    files = {
        f"xlsx, {ROWS} rows": xlsx([HEAD, *rows]),
        f"docx, {ROWS} rows": docx([HEAD, *rows]),
        f"pdf, {ROWS} rows on 30 pages": pdf(*([HEAD, *rows[at : at + 10]] for at in range(0, ROWS, 10))),
        "zip that unpacks to 105 MiB": packed(**{"xl/workbook_xml": b"<x/>", "xl/a_xml": b" " * 110_000_000}),
    }
    for name, body in files.items():
        (found, fault), seconds, lag = asyncio.run(_measured(samples_in, body))
        print(f"{name:32} {len(body) / 1024:7.0f} KiB  {seconds:5.1f} s  {len(found)} samples  loop waits {lag * 1000:.0f} ms at most  {fault}")
    font = next((path for path in FONTS if Path(path).exists()), None)
    if importlib.util.find_spec("rapidocr") is None or font is None:
        print("pictures: not measured; needs the extra ocr and a Chinese font")
        return
    for lines in (4, 40):
        want = [SAID[n % len(SAID)] for n in range(lines)]
        (text, fault), seconds, lag = asyncio.run(_measured(words_in, _picture(want, font)))
        right = sum(one in text.splitlines() for one in want)
        print(f"picture of {lines} lines: {seconds:5.1f} s  {right} of {lines} lines right to the letter  loop waits {lag * 1000:.0f} ms  {fault}")


async def _measured(read: Callable[[bytes], T], body: bytes) -> tuple[T, float, float]:
    """Read in a thread as crawls do, and see how late a clock in the loop is meanwhile."""
    late, done = 0.0, False

    async def clock() -> None:
        nonlocal late
        while not done:
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            late = max(late, time.perf_counter() - before - 0.01)

    ticking = asyncio.create_task(clock())
    began = time.perf_counter()
    found = await asyncio.to_thread(read, body)
    seconds = time.perf_counter() - began
    done = True
    await ticking
    return found, seconds, late


def _picture(lines: list[str], font: str) -> bytes:
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (720, 40 + 60 * len(lines)), "white")
    pen = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        pen.text((30, 20 + number * 60), line, font=ImageFont.truetype(font, 28, index=2), fill="black")
    into = io.BytesIO()
    picture.save(into, "PNG")
    return into.getvalue()


if __name__ == "__main__":
    main()
