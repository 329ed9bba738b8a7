"""What readers call things that programs call by names: stances, levels, places."""

from nlp.assessment import Place
from pipeline.model import LEVELS

STANCES = {"spreads": "传播", "refutes": "辟谣", "asks": "询问"}


def level(number: int | None) -> str:
    """Return the level in words, such as Ⅱ橙."""
    return "未达预警" if number is None else LEVELS.get(number, str(number))


def stance(name: str) -> str:
    """Return what readers call a stance towards a claim."""
    return STANCES.get(name, name)


def place(one: Place) -> str:
    """Return a place as people write it, such as 吉林省吉林市舒兰市."""
    return "".join(one.path)
