"""The language of search: `parsed` reads a query; what it then means is `pipeline.store.meaning`.

The language is described for its users in docs/search.md.
"""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from config.errors import QueryError
from pipeline.store.meaning import All, Any, Named, Node, Not, Query, Scored, Tag, Term, areas, fold, hundredths, matches, tag

__all__ = ["FILTERS", "Query", "fold", "matches", "parsed"]

ZONE = ZoneInfo("Asia/Shanghai")
LONGEST, MOST_PARTS, DEEPEST = 2000, 200, 10
"""How many characters, words and filters, and nested parentheses a query may have."""

_CLOSING = {'"': '"', "“": "”"}
_WORD = re.compile(r"[^\s()（）|｜\"“]+")
_FILTER = re.compile(r"([A-Za-z]+)[:：](.*)", re.DOTALL)
_SCORE = re.compile(r"(>=?|<)?\s*([01](?:\.\d\d?)?)")
_CODE = re.compile(r"\d\d(?:\d\d){0,2}")
_STATES = ("relevant", "irrelevant", "uncertain")
_EXACT = ("topic", "platform", "source", "author")
_SCORES = ("rumor", "alarm")
FILTERS = (*_EXACT, "place", "is", *_SCORES, "since", "until")


def parsed(text: str) -> Query:
    """Read a query; empty is everything. Raises QueryError, which says at which character."""
    if len(text) > LONGEST:
        raise QueryError(f"at character {LONGEST + 1}: a query has at most {LONGEST} characters")
    return _Parser(text).query()


class _Parser:
    """Reads one query from left to right: OR binds least, then blank (AND), then NOT."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.parts = 0
        self.since: datetime | None = None
        self.until: datetime | None = None

    def query(self) -> Query:
        """Read it all."""
        where = self.either(0)
        if self.at < len(self.text):
            raise self.error(self.at, "this ) closes nothing")
        return Query(where, self.since, self.until)

    def either(self, depth: int) -> Node | None:
        """Read parts with OR between, to a closing parenthesis or the end; None where nothing stands."""
        if depth > DEEPEST:
            raise self.error(self.at, f"parentheses are nested more than {DEEPEST} deep")
        found = [(self.at, self.both(depth))]
        while self.taken("OR", "|", "｜"):
            found.append((self.at, self.both(depth)))
        if len(found) > 1:
            for at, part in found:
                if part is None:
                    raise self.error(at, "OR needs something to look for on both sides")
        nodes = tuple(part for _, part in found if part is not None)
        return Any(nodes) if len(nodes) > 1 else (nodes[0] if nodes else None)

    def both(self, depth: int) -> Node | None:
        """Read parts that must all hold; None where nothing stands."""
        nodes: list[Node] = []
        while not self.ended():
            if self.taken("AND"):
                continue
            node = self.one(depth, negated=False)
            if node is not None:
                nodes.append(node)
        return All(tuple(nodes)) if len(nodes) > 1 else (nodes[0] if nodes else None)

    def one(self, depth: int, *, negated: bool) -> Node | None:
        """Read one word, phrase, filter or group, and the signs before it; None for a time."""
        self.parts += 1
        start = self.at
        if self.parts > MOST_PARTS:
            raise self.error(start, f"a query has at most {MOST_PARTS} words, filters and signs")
        if self.taken("NOT") or self.minus():
            if self.ended():
                raise self.error(start, "nothing follows this NOT")
            part = self.one(depth, negated=True)
            if part is None:
                raise self.error(start, "nothing follows this NOT")
            return Not(part)
        if self.text[self.at] in "(（":
            return self.group(depth, negated=negated)
        if self.text[self.at] in _CLOSING:
            return self.term(start, self.quoted())
        return self.word(start, negated=negated)

    def group(self, depth: int, *, negated: bool) -> Node | None:
        """Read what stands in parentheses."""
        start = self.at
        self.at += 1
        times = (self.since, self.until)
        node = self.either(depth + 1)
        if self.at == len(self.text):
            raise self.error(start, "this ( is never closed")
        self.at += 1
        if negated and times != (self.since, self.until):
            raise self.error(start, "since: and until: cannot be negated")
        return node

    def word(self, start: int, *, negated: bool) -> Node | None:
        """Read a word, or a filter."""
        found = _WORD.match(self.text, self.at)
        word = found[0] if found else self.text[self.at]
        self.at += len(word)
        filtered = _FILTER.fullmatch(word)
        if filtered is None or filtered[2].startswith("//"):
            return self.term(start, word)
        name, value = filtered[1].lower(), filtered[2]
        if not value and self.at < len(self.text) and self.text[self.at] in _CLOSING:
            value = self.quoted()
        if name not in FILTERS:
            raise self.error(start, f'no filter is called {name}: (there are {", ".join(FILTERS)}); put "" around words with a colon')
        if not fold(value):
            raise self.error(start, f"{name}: needs a value")
        if name in ("since", "until"):
            self.bound(start, name, value, negated=negated)
            return None
        return self.filter(start, name, value)

    def filter(self, start: int, name: str, value: str) -> Node:
        """Return what a filter means."""
        if name in _EXACT:
            return Tag(name, tag("", value)[1:])
        if name == "is":
            if fold(value) not in _STATES:
                raise self.error(start, f"is: takes {', '.join(_STATES)}")
            return Tag("is", fold(value))
        if name == "place":
            return self.place(start, fold(value))
        score = _SCORE.fullmatch(fold(value))
        if score is None or float(score[2]) > 1:
            raise self.error(start, f"{name}: takes a number from 0 to 1 with at most two decimals, such as {name}:>0.5")
        limit = hundredths(float(score[2]))
        return Scored(name, 0, limit - 1) if score[1] == "<" else Scored(name, limit, 100)

    def place(self, start: int, value: str) -> Node:
        """Return what place: means: a code, or a part of a name."""
        if not value.isdecimal():
            return Named(value)
        within = list(areas(value))
        if not _CODE.fullmatch(value) or not within:
            raise self.error(start, "place: takes a code of 2, 4 or 6 digits, or a part of a name")
        return Tag("place", within[-1])

    def bound(self, start: int, name: str, value: str, *, negated: bool) -> None:
        """Take a time as a bound of the whole query; the narrowest counts."""
        if negated:
            raise self.error(start, "since: and until: cannot be negated")
        try:
            moment = datetime.fromisoformat(value.strip())
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(UTC).replace(microsecond=0)
        except (ValueError, OverflowError) as error:
            raise self.error(start, f"{name}: takes a date or a time, such as {name}:2024-01-31 or {name}:2024-01-31T08:00") from error
        if name == "since":
            self.since = max(moment, self.since or moment)
        else:
            self.until = min(moment, self.until or moment)

    def quoted(self) -> str:
        """Read to the closing quotation mark."""
        start, closing = self.at, _CLOSING[self.text[self.at]]
        end = self.text.find(closing, start + 1)
        while end >= 0 and self.text[end + 1 : end + 2] == closing == '"':
            end = self.text.find(closing, end + 2)
        if end < 0:
            raise self.error(start, "this quotation mark is never closed")
        self.at = end + 1
        inside = self.text[start + 1 : end]
        return inside.replace('""', '"') if closing == '"' else inside

    def term(self, start: int, text: str) -> Term:
        """Return the term that a text is."""
        folded = fold(text)
        if not folded:
            raise self.error(start, "there is nothing between these quotation marks")
        return Term(folded)

    def ended(self) -> bool:
        """Skip blanks; then say whether this run of parts ends here."""
        while self.at < len(self.text) and not fold(self.text[self.at]):
            self.at += 1
        return self.at == len(self.text) or self.text[self.at] in ")）|｜" or self.stands("OR")

    def stands(self, word: str) -> bool:
        """Return whether this whole word comes next."""
        found = _WORD.match(self.text, self.at)
        return found is not None and found[0] == word

    def taken(self, *signs: str) -> bool:
        """Step over one of these signs, if it comes next."""
        for sign in signs:
            if self.stands(sign) if sign.isalpha() else self.text.startswith(sign, self.at):
                self.at += len(sign)
                return True
        return False

    def minus(self) -> bool:
        """Step over a minus that has something behind it."""
        follows = self.text[self.at + 1 : self.at + 2]
        if self.text[self.at] in "-－" and follows and fold(follows):
            self.at += 1
            return True
        return False

    def error(self, at: int, why: str) -> QueryError:
        """Return the error that names this character, counted from 1."""
        return QueryError(f"at character {at + 1}: {why}")
