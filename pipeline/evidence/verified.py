"""Says of a bundle, file by file, whether it is as it was made: ok, changed, missing or added. Nothing of it is unpacked."""

import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from config.errors import InputError
from pipeline.evidence import archive
from pipeline.evidence.archive import KIND, MANIFEST, OUTSIDE, SIGNATURE, SUMS, Manifest

_LONGEST = 64 * 2**20
"""Bytes of a file in a bundle; no page is so long."""


class Verdict(Struct, frozen=True):
    """What was found: a word for each file; `faults` of the bundle as a whole; who signed it, empty if nobody did."""

    files: dict[str, str]
    faults: tuple[str, ...]
    manifest: Manifest | None = None
    sha256: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether nothing at all was changed."""
        return not self.faults and all(word == "ok" for word in self.files.values())


def verified(path: Path, *, signer: str = "") -> Verdict:
    """Look at every byte of a bundle; with `signer`, it must be signed by that key. Raises InputError where it is no zip."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as bundle:
            return _looked(path, bundle, signer)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError) as error:
        raise InputError(f"{path}: is no bundle, or damaged: {error}") from error


def _looked(path: Path, bundle: zipfile.ZipFile, signer: str) -> Verdict:
    entries = {info.filename: info for info in bundle.infolist()}
    unfit = [info for info in bundle.infolist() if info.compress_type != zipfile.ZIP_STORED or info.file_size > _LONGEST]
    unfit_names = {info.filename for info in unfit}
    faults = [f"{name} is there {times} times" for name, times in Counter(info.filename for info in bundle.infolist()).items() if times > 1]
    faults += [f"{info.filename} is compressed or too long, as no file of a bundle is" for info in unfit]
    content = {name: _read(bundle, name) for name in OUTSIDE if name in entries and name not in unfit_names}
    manifest = _manifest(content.get(MANIFEST) or b"")
    if manifest is None:
        return Verdict(dict.fromkeys(entries, "added") | {MANIFEST: "missing" if MANIFEST not in entries else "changed"}, tuple(faults))
    files = dict(_words(bundle, entries.keys() - unfit_names, manifest)) | dict.fromkeys(unfit_names, "changed")
    faults += _whole_faults(content, manifest, signer)
    if not faults and not _is_canonical(path, bundle):
        faults.append("the zip is not as it was written, though its files are")
    return Verdict(files, tuple(faults), manifest, archive.file_sha256(path))


def _words(bundle: zipfile.ZipFile, names: set[str], manifest: Manifest) -> Iterator[tuple[str, str]]:
    for name in sorted(names | manifest.files.keys()):
        if name in OUTSIDE:
            continue
        if name not in names:
            yield name, "missing"
        elif name not in manifest.files:
            yield name, "added"
        else:
            read = _read(bundle, name)
            said = manifest.files[name]
            yield name, "ok" if read is not None and (archive.sha256(read), len(read)) == (said.sha256, said.size) else "changed"


def _whole_faults(content: dict[str, bytes | None], manifest: Manifest, signer: str) -> Iterator[str]:
    """What is wrong with the files that sum up the others."""
    text = content.get(MANIFEST) or b""
    sums = {name: one.sha256 for name, one in manifest.files.items()}
    if manifest.whole != archive.sha256(archive.summed(sums)):
        yield f"{MANIFEST}: its sum of all files is not that of its list"
    if content.get(SUMS) != archive.summed({**sums, MANIFEST: archive.sha256(text)}):
        yield f"{SUMS} does not say what {MANIFEST} says"
    signature = content.get(SIGNATURE)
    if not manifest.signer or signature is None:
        yield "it is not signed"
    elif not _is_signed(text, signature, manifest.signer):
        yield "the signature is not good"
    if signer and manifest.signer != signer:
        yield f"it is signed by {manifest.signer[:16] or 'nobody'}…, not by {signer[:16]}…"


def _is_signed(text: bytes, signature: bytes, signer: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer)).verify(bytes.fromhex(signature.decode()), text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _is_canonical(path: Path, bundle: zipfile.ZipFile) -> bool:
    """Whether the zip is, to the byte, what its files make."""
    with tempfile.NamedTemporaryFile() as again:
        archive.written(again, ((info.filename, _read(bundle, info.filename) or b"") for info in bundle.infolist()))  # type: ignore[arg-type]
        again.flush()
        return archive.file_sha256(Path(again.name)) == archive.file_sha256(path)


def _read(bundle: zipfile.ZipFile, name: str) -> bytes | None:
    """A file of the zip; None where it cannot be read."""
    try:
        return bundle.read(name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        return None


def _manifest(text: bytes) -> Manifest | None:
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return manifest if manifest.kind == KIND else None
