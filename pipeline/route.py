"""Decides who answers for an event: the department that leads, those that cooperate, and the office of its place, each with the reason.

Pure: an event, the texts of its posts and what is declared come in. Matters are tried in their order, the most specific first: the first that
fits leads with those that cooperate in it, and each further one adds its lead, unless only its venues tell it. What fits nothing is the
commission office's own, and what lies in another province is only reported to it.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from msgspec import Struct

from config.load import Config
from config.schema import Department, Matter
from nlp.assessment import Place
from nlp.lexicon import alone
from nlp.text import clean, cleaned
from pipeline.model import Event
from pipeline.store.meaning import fold

READ = 1500
"""Characters of a text that are read: what a matter is called is called early."""
_SHARE = 3
"""A word counts that stands in the first text, or in every third of all."""


class Party(Struct, frozen=True):
    """A department or an office that an event is for, and why; the name is empty where nobody declared it."""

    name: str
    title: str
    why: str
    matter: str = ""
    clauses: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    """The words that told the matter; its topics where none did."""


class Route(Struct, frozen=True):
    """去向: who answers for an event; `outside` says that it lies in another province, and is only reported."""

    lead: Party
    cooperating: tuple[Party, ...]
    office: Party
    outside: bool = False

    @property
    def because(self) -> tuple[str, ...]:
        """Every reason once, the lead's first and the office's last."""
        return tuple(dict.fromkeys(party.why for party in (self.lead, *self.cooperating, self.office)))


def routed(event: Event, texts: Sequence[str], config: Config) -> Route:
    """Return who answers for the event; the first of its texts is the one that it began with."""
    commission = _commission(config)
    offices, outside = _offices(event, config, commission)
    if outside:
        return Route(offices[0], (), offices[0], outside=True)
    parties: dict[str, Party] = {}
    for party in (*_answering(event, texts, config), *offices[1:]):
        # Who is named for two matters is named for the first.
        parties.setdefault(party.name, party)
    own = Party(commission.name, commission.title, f"没有合适的事项：由{commission.title}自办")
    # What only brings another place's office has no department yet.
    lead = next((party for party in parties.values() if party not in offices), own)
    return Route(lead, tuple(party for party in parties.values() if party is not lead), offices[0])


def _answering(event: Event, texts: Sequence[str], config: Config) -> Iterator[Party]:
    """The departments, in order: of the first matter that fits, of further ones, of the topics themselves."""
    told = _Told(texts, config)
    first = True
    for matter in config.matters.values():
        topics = tuple(config.topics[topic].title for topic in event.topics if topic in matter.topics)
        words = told.words(matter)
        if not words and first:
            words = told.venues(matter)
        if (matter.topics and not topics) or not (words or (topics and not matter.words and not matter.venues)):
            continue
        why = f"{matter.title}（{'、'.join(matter.clauses)}）：{_because(words, topics)}"
        for name in (matter.lead, *matter.cooperating) if first else (matter.lead,):
            yield Party(name, config.departments[name].title, why, matter.name, matter.clauses, words or topics)
        first = False
    for department in config.departments.values():
        if topics := tuple(config.topics[topic].title for topic in event.topics if topic in department.topics):
            yield Party(department.name, department.title, f"{department.title}：{_because((), topics)}", told=topics)


def _because(words: Sequence[str], topics: Sequence[str]) -> str:
    said = "文中有" + "".join(f"“{word}”" for word in words) if words else ""
    return "，".join(filter(None, (said, f"主题 {'、'.join(topics)}" if topics else "")))


class _Told:
    """The texts of one event, as words are sought in them."""

    def __init__(self, texts: Sequence[str], config: Config) -> None:
        self._plain = [fold(text) for text in cleaned([text[:READ] for text in texts])]
        self._whole = "\n".join(self._plain)
        self._venues = alone("venues", config.folder) if any(matter.venues for matter in config.matters.values()) else None

    def words(self, matter: Matter) -> tuple[str, ...]:
        """Return the matter's words that these texts tell it by."""
        return tuple(word for word in matter.words if self._counts(_plain(word), matter.unless))

    def venues(self, matter: Matter) -> tuple[str, ...]:
        """Return the words for the matter's venues that these texts tell it by."""
        if not self._venues or not matter.venues:
            return ()
        words = dict.fromkeys(hit.term for hit in self._venues.found([self._whole])[0] if hit.group in matter.venues)
        return tuple(word for word in words if self._counts(_plain(word), matter.unless))

    def _counts(self, word: str, unless: Sequence[str]) -> bool:
        if word not in self._whole:
            return False
        has = [word in _without(text, unless) for text in self._plain]
        return has[0] or _SHARE * sum(has) >= len(has)


def _without(text: str, unless: Sequence[str]) -> str:
    for word in unless:
        text = text.replace(_plain(word), " ")
    return text


@lru_cache(4096)
def _plain(word: str) -> str:
    """A word as texts are made plain."""
    return fold(clean(word))


def _commission(config: Config) -> Department:
    """The office of the whole province; one by the name of the desk where none is declared."""
    whole = (one for one in config.departments.values() if one.place and "/" not in one.place)
    return next(whole, Department.model_construct(name="", title=config.settings.office, place=""))


def _offices(event: Event, config: Config, commission: Department) -> tuple[list[Party], bool]:
    """The offices of the event's places, the surest first and never none; and whether all of it lies in other provinces."""
    home = [place for place in event.places or () if _at_home(place, config, commission)]
    away = [place for place in event.places or () if place not in home and not place.foreign]
    if away and not home:
        return [_office(commission, f"外省（{_named(away)}）：只报{commission.title}")], True
    by_path = {one.place: one for one in config.departments.values() if one.place}
    found: dict[str, Party] = {}
    for place in home:
        above = ("/".join(place.path[:depth]) for depth in range(len(place.path), 0, -1))
        office = next((by_path[path] for path in above if path in by_path), commission)
        found.setdefault(office.name, _office(office, f"地点 {_named([place])}：归{office.title}"))
    if not found:
        where = f"境外（{_named(event.places)}）" if event.places else "地点不明"
        return [_office(commission, f"{where}：由{commission.title}分办")], False
    return list(found.values()), False


def _at_home(place: Place, config: Config, commission: Department) -> bool:
    """Whether a place lies in the province; some places of it have no code of their own."""
    if place.code:
        return place.code[:2] == config.settings.province[:2]
    return not place.foreign and place.path[:1] == (commission.place,)


def _office(department: Department, why: str) -> Party:
    return Party(department.name, department.title, why)


def _named(places: Sequence[Place]) -> str:
    return "、".join("".join(place.path) for place in places)
