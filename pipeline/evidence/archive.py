"""The form of a bundle: a zip whose bytes follow from its files alone, so that any change of any byte can be seen.

Files are stored, not compressed (what compresses may differ between machines), in the order of their names, all of one date.
"""

import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

KIND = "shian-evidence-bundle-1"
MANIFEST, SUMS, SIGNATURE = "manifest.json", "SHA256SUMS", "manifest.sig"
OUTSIDE = (MANIFEST, SUMS, SIGNATURE)
"""Files that the manifest does not list."""
_DATE = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1 << 20


class Sum(Struct, frozen=True):
    """What a file must be."""

    sha256: str
    size: int


class Manifest(Struct, frozen=True):
    """What a bundle is of, who made it, when and why; `whole` is the SHA-256 of a line `SHA-256  NAME` for each file, in the order of names."""

    kind: str
    tool: str
    made_at: str
    by: str
    reason: str
    of: tuple[str, ...]
    posts: tuple[dict[str, object], ...]
    files: dict[str, Sum]
    whole: str
    signer: str = ""


def sha256(content: bytes) -> str:
    """Return it as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def summed(files: Mapping[str, str]) -> bytes:
    """Return SHA-256 by name as `sha256sum -c` reads it."""
    return "".join(f"{files[name]}  {name}\n" for name in sorted(files)).encode()


def written(target: BinaryIO, files: Iterable[tuple[str, bytes]]) -> None:
    """Write the one zip that these files make; they come in the order of their names."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files:
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system, info.external_attr = 3, 0o600 << 16
            archive.writestr(info, content)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a whole file, as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
