"""The office's pair of keys for evidence: the public half seals, the private half, in a file under a passphrase, opens and signs."""

import os
import secrets
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from msgspec import Struct

from config.errors import InputError

_KIND = "shian-evidence-keys-1"
_COST = 17
"""Of scrypt, as a power of two: 128 MiB and half a second for each passphrase that is tried."""


class Keys(Struct, frozen=True):
    """Both private keys, 32 bytes each: X25519 opens, Ed25519 signs."""

    opening: bytes
    signing: bytes

    @property
    def public(self) -> str:
        """What seals: the setting `evidence.key`."""
        return X25519PrivateKey.from_private_bytes(self.opening).public_key().public_bytes_raw().hex()

    @property
    def signer(self) -> str:
        """By what bundles of this office are known."""
        return Ed25519PrivateKey.from_private_bytes(self.signing).public_key().public_bytes_raw().hex()

    def signed(self, text: bytes) -> bytes:
        """Return the signature, 64 bytes, the same for the same text."""
        return Ed25519PrivateKey.from_private_bytes(self.signing).sign(text)


class _File(Struct, frozen=True):
    kind: str
    public: str
    signer: str
    cost: int
    salt: bytes
    nonce: bytes
    sealed: bytes


def made() -> Keys:
    """Return a fresh pair."""
    return Keys(X25519PrivateKey.generate().private_bytes_raw(), Ed25519PrivateKey.generate().private_bytes_raw())


def saved(keys: Keys, path: Path, passphrase: str, *, cost: int = _COST) -> None:
    """Write the private half to a new file that only its owner can read. Raises InputError where it is there already or cannot be written."""
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    sealed = _cipher(passphrase, salt, cost).encrypt(nonce, keys.opening + keys.signing, _KIND.encode())
    body = msgspec.json.format(msgspec.json.encode(_File(_KIND, keys.public, keys.signer, cost, salt, nonce, sealed)))
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(body + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error


def loaded(path: Path, passphrase: str) -> Keys:
    """Read the private half. Raises InputError where the file or the passphrase is wrong."""
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except msgspec.MsgspecError:
        raise InputError(f"{path}: is no file of `shian evidence keys`") from None
    if file.kind != _KIND or not 1 <= file.cost <= 24:
        raise InputError(f"{path}: is no file of `shian evidence keys`")
    try:
        plain = _cipher(passphrase, file.salt, file.cost).decrypt(file.nonce, file.sealed, _KIND.encode())
    except (InvalidTag, ValueError):
        raise InputError(f"{path}: the passphrase is wrong, or the file was changed") from None
    return Keys(plain[:32], plain[32:])


def _cipher(passphrase: str, salt: bytes, cost: int) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(Scrypt(salt=salt, length=32, n=1 << cost, r=8, p=1).derive(passphrase.encode()))
