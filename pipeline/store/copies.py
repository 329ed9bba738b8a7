"""Stores that must be there already, and backups put back: what each kind of address needs for it."""

import os
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from config.errors import StoreError
from pipeline.store import Store, opened


def existing(url: str, home: Path, environ: Mapping[str, str] = os.environ) -> Store:
    """Open the store that a URL names, and make none. Raises StoreError where there is none, and what `opened` raises."""
    if (file := _file(url, home)) and not file.is_file():
        raise StoreError(f"{url}: there is no store at {file}")
    if _is_cluster(url):
        from pipeline.store.elastic_copy import held

        if not held(url, environ):
            raise StoreError(f"{url}: there is no store of this prefix")
    return opened(url, home, environ)


def restored(url: str, home: Path, source: str, *, force: bool = False, environ: Mapping[str, str] = os.environ) -> Mapping[str, int]:
    """Put the backup that `Store.backup` wrote to `source` in the place of the store that a URL names; return its `sizes`.

    Nobody may have that store open. Raises StoreError for a backup that cannot be taken; for a store that holds posts, unless `force`;
    and for one in use.
    """
    if file := _file(url, home):
        from pipeline.store.sqlite_copy import restored as put_back

        return put_back(file, Path(source), force=force)
    if _is_cluster(url):
        from pipeline.store import elastic_copy
        from pipeline.store.elastic import ElasticsearchStore

        elastic_copy.restored(url, environ, source, force=force, now=datetime.now(UTC))
        with closing(ElasticsearchStore(url, environ)) as store:
            store.mend()
            return store.sizes()
    raise StoreError(f"{url}: a backup cannot be put back here; name a store in a file or a cluster in store.url")


def same(url: str, other: str, home: Path) -> bool:
    """Return whether two URLs name one store."""
    file, another = _file(url, home), _file(other, home)
    return url == other if file is None or another is None else file.resolve() == another.resolve()


def _file(url: str, home: Path) -> Path | None:
    return home / url.removeprefix("sqlite:///") if url.startswith("sqlite:///") else None


def _is_cluster(url: str) -> bool:
    return url.startswith("elasticsearch+")
