"""What would be collected from one page, attachment or picture that a person names; crawls never use this."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct, structs
from parsel import Selector

from config.errors import InputError
from crawlers.articles import is_page
from crawlers.attachments import pictured
from crawlers.beside import MOST_PICTURES, samples_in, words_in
from crawlers.encodings import decoded
from crawlers.extract import Article, extract
from crawlers.grids import tables_in
from crawlers.samples import Sample, told
from crawlers.sampling import samples_of

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"BM")


class Preview(Struct, frozen=True):
    """The article, whose text tells the samples too; and why something beside it could not be read."""

    article: Article
    samples: tuple[Sample, ...] = ()
    faults: tuple[str, ...] = ()


def previewed(body: bytes, url: str, header: str, *, now: datetime, fetch: Callable[[str], bytes] | None = None) -> Preview | None:
    """Return what would be collected; None where nothing is found on a page.

    With `fetch`, which may raise SourceError, pictures are read, or the file if it is one. Raises InputError where a file cannot be read.
    """
    if body.startswith(_PICTURES):
        if fetch is None:
            raise InputError("it is a picture: --ocr reads it")
        text, fault = words_in(body)
        return _of_file(text, (), fault)
    if not is_page(body):
        found, fault = samples_in(body)
        return _of_file("", tuple(found), fault)
    article = extract(body, url, header=header, now=now)
    page = Selector(decoded(body, header=header)[0] or "<p/>")
    samples = tuple(samples_of(tables_in(page)))
    read = [words_in(fetch(where)) for where in pictured(page, url, within="", most=MOST_PICTURES)] if fetch else []
    words = [text for text, _ in read if text]
    if article is None and not samples and not words:
        return None
    article = article or Article(title="", published_at=None, author="", text="")
    article = structs.replace(article, text="\n".join(filter(None, (article.text, *words, told(samples)))))
    return Preview(article, samples, tuple(fault for _, fault in read if fault))


def _of_file(text: str, samples: tuple[Sample, ...], fault: str) -> Preview:
    if fault and not text and not samples:
        raise InputError(f"it {fault}")
    article = Article(title="", published_at=None, author="", text=text or told(samples))
    return Preview(article, samples, (fault,) if fault else ())
