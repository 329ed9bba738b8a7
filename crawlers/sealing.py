"""Seals what was seen of a post, its author in clear among it, so that who collects can write it and only who has the private key can read it.

One envelope is `MAGIC`, the label's length (4 bytes, big-endian), the label (JSON, in clear), a public key made for it (32 bytes), a nonce (12)
and what is sealed. The key is HKDF-SHA256 of the X25519 secret of the two public keys, the cipher ChaCha20-Poly1305 over all that stands before.
"""

import hashlib
import os
import zlib
from collections.abc import Sequence
from datetime import datetime

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct

from crawlers.post import Post, digest, pseudonym

MAGIC = b"shian-sealed-1\n"
MOST_SEEN = 4 * 2**20
"""Bytes of a page; of a longer one only size and SHA-256 are sealed."""
MOST = 256 * 1024
"""Bytes of an envelope; what would be longer, though compressed, is sealed without its page."""
_MOST_OPENED = MOST_SEEN + 2**20
_SHORT = 2048
"""Below so many bytes, compressing costs more than it saves."""
_RENEWED = 256
"""Envelopes after which the sealing key is made anew, so that a collector can open none but its last few."""


class Sight(Struct, frozen=True):
    """A page or record as it came."""

    body: bytes
    media: str = ""


class Witness(Struct, frozen=True):
    """原状: what was seen of a post, when and where, with its author in clear. `page` is empty where it was too long."""

    post: Post
    author: str
    author_id: str
    page: bytes
    media: str
    sha256: str
    """Of the page as it came, hexadecimal."""
    size: int


class Label(Struct, frozen=True):
    """What an envelope says on its outside.

    `digest` tells the revision, `who` are pseudonyms of the author's name and id, `key` is the public key that it was sealed for.
    """

    post: str
    digest: str
    at: datetime
    who: tuple[str, ...]
    key: str


class Unopened(ValueError):  # noqa: N818 - it is an answer
    """An envelope cannot be opened; the message says why."""


class Sealer:
    """Seals for one public key. Not for several threads at once."""

    def __init__(self, public: bytes, author_key: bytes = b"") -> None:
        self._public, self._author_key = public, author_key
        self._left = 0

    def sealed(self, post: Post, *, author: str, author_id: str, seen: Sight) -> bytes:
        """Return the envelope of what was seen of a post."""
        label = _label_bytes(Label(post.id, digest(post).hex(), post.at, self._names(author, author_id), self._public.hex()))
        page = seen.body if len(seen.body) <= MOST_SEEN else b""
        witness = Witness(post, author, author_id, page, seen.media, hashlib.sha256(seen.body).hexdigest(), len(seen.body))
        content = _packed(witness)
        if len(content) > MOST:
            content = _packed(msgspec.structs.replace(witness, page=b""))
        cipher, own = self._cipher()
        nonce = os.urandom(12)
        return b"".join((label, own, nonce, cipher.encrypt(nonce, content, label + own)))

    def _names(self, *names: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(pseudonym(name, self._author_key) for name in names if name)) if self._author_key else ()

    def _cipher(self) -> tuple[ChaCha20Poly1305, bytes]:
        if not self._left:
            private = X25519PrivateKey.generate()
            self._own = private.public_key().public_bytes_raw()
            self._current = _key(private, X25519PublicKey.from_public_bytes(self._public), self._own, self._public)
            self._left = _RENEWED
        self._left -= 1
        return self._current, self._own


def label_of(envelope: bytes) -> Label:
    """Return what an envelope, or its first 4 KiB, says on its outside. Raises Unopened."""
    return _parted(envelope)[0]


def opened(envelope: bytes, privates: Sequence[bytes]) -> tuple[Label, Witness]:
    """Open an envelope with that of the private keys which it was sealed for. Raises Unopened."""
    label, end = _parted(envelope)
    if len(envelope) < end + 60:
        raise Unopened("is cut")
    keys = {key.public_key().public_bytes_raw().hex(): key for key in map(X25519PrivateKey.from_private_bytes, privates)}
    if label.key not in keys:
        raise Unopened(f"was sealed for another key, {label.key[:16]}…")
    own, nonce = envelope[end : end + 32], envelope[end + 32 : end + 44]
    try:
        cipher = _key(keys[label.key], X25519PublicKey.from_public_bytes(own), own, bytes.fromhex(label.key))
        content = cipher.decrypt(nonce, envelope[end + 44 :], envelope[: end + 32])
        return label, _unpacked(content)
    except (InvalidTag, ValueError, zlib.error, msgspec.MsgspecError):
        raise Unopened("was changed since it was sealed") from None


def _label_bytes(label: Label) -> bytes:
    line = msgspec.json.encode(label)
    return MAGIC + len(line).to_bytes(4) + line


def _parted(envelope: bytes) -> tuple[Label, int]:
    start = len(MAGIC) + 4
    if not envelope.startswith(MAGIC):
        raise Unopened("is no sealed evidence")
    end = start + int.from_bytes(envelope[len(MAGIC) : start])
    try:
        return msgspec.json.decode(envelope[start:end], type=Label), end
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Unopened("has a label that cannot be read") from None


def _key(private: X25519PrivateKey, public: X25519PublicKey, own: bytes, whose: bytes) -> ChaCha20Poly1305:
    secret = private.exchange(public)
    return ChaCha20Poly1305(HKDF(algorithm=SHA256(), length=32, salt=own + whose, info=MAGIC).derive(secret))


def _packed(witness: Witness) -> bytes:
    plain = msgspec.msgpack.encode(witness)
    return b"z" + zlib.compress(plain) if len(plain) > _SHORT else b"p" + plain


def _unpacked(content: bytes) -> Witness:
    plain = content[1:]
    if content[:1] == b"z":
        unpacker = zlib.decompressobj()
        plain = unpacker.decompress(plain, _MOST_OPENED)
        if not unpacker.eof:
            raise ValueError("longer than anything that is sealed")
    return msgspec.msgpack.decode(plain, type=Witness)
