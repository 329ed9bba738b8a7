"""Passwords: which are taken, how they are kept (argon2id), and how one that was typed is compared."""

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from config.errors import UserError

SHORTEST, LONGEST = 10, 200
_COMMON = """
0123456789 1234567890 12345678910 0987654321 1234567891 123456789a a123456789 a1234567890 aa123456789 abc123456789 1111111111 0000000000
1234554321 1357924680 5201314520 woaini1314 woaini520520 woaini1314520 zxcvbnm123 qwertyuiop qwerty12345 qwerty123456 qazwsxedcrfv
1qaz2wsx3edc 1q2w3e4r5t 1q2w3e4r5t6y asdfghjkl123 q1w2e3r4t5 password12 password123 password1234 passw0rd123 p@ssw0rd123 administrator
admin12345 admin123456 admin@1234 admin@123456 adminadmin iloveyou123 letmein1234 welcome123 changeme123 abcd123456 abcdefghij shian12345
shian123456 shipinanquan shianban123 test123456 root123456 qq123456789 wang123456 zhang123456
"""
_AT_ONCE = threading.BoundedSemaphore(2)
"""Each comparison takes 64 MiB by argon2's defaults: a flood of logins must not take all memory."""
_PATIENCE = 3.0
"""Seconds that a comparison waits for its turn."""


class Passwords:
    """Keeps and compares passwords; `hasher` is argon2id with the library's own parameters unless a test hands in a cheap one."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = ""

    def kept(self, password: str, *, name: str = "", title: str = "") -> str:
        """Return the hash of a password that can be taken. Raises UserError with the reason of one that cannot."""
        given = _folded(password)
        if why := _weak(given, [name, title]):
            raise UserError(why)
        return self._hasher.hash(given)

    def fit(self, kept: str | None, password: str) -> bool:
        """Return whether a password is the one that is kept; without one (nobody is called so) it takes as long, and is False.

        Also False while too many others wait for their turn.
        """
        given = _folded(password)
        if len(given) > LONGEST or not _AT_ONCE.acquire(timeout=_PATIENCE):
            return False
        try:
            if not self._nobody:
                self._nobody = self._hasher.hash("nobody has this password")
            self._hasher.verify(kept or self._nobody, given)
        except (VerificationError, InvalidHashError):
            return False
        finally:
            _AT_ONCE.release()
        return kept is not None

    def anew(self, kept: str, password: str) -> str | None:
        """Return a new hash of a password that fitted, where the one that is kept was made with other parameters; else None."""
        return self._hasher.hash(_folded(password)) if self._hasher.check_needs_rehash(kept) else None


def _folded(password: str) -> str:
    # An input method writes １２３ or 123 as it happens to stand; both are the same to who types.
    return unicodedata.normalize("NFKC", password)


def _weak(given: str, names: list[str]) -> str:
    """Why a password cannot be taken; empty where it can."""
    if not SHORTEST <= len(given) <= LONGEST:
        return f"a password has {SHORTEST} to {LONGEST} characters"
    plain = given.casefold()
    for name in names:
        own = name.casefold()
        if own and (plain in (own, own[::-1]) or plain.strip("0123456789!@#._-") == own):
            return "a password must not be the name of its user"
    if plain in _COMMON.split() or len(set(plain)) < 4:
        return "that password is among the first that anybody tries; choose another, such as four words that have nothing to do with each other"
    return ""
