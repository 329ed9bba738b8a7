"""The words that decided are those that the model's tables make weightiest, however they are read."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.features import Reader
from nlp.lexicon import Hit, loaded
from nlp.model import Model, load
from nlp.reasons import MOST, Reasons

WORDS = "食堂 学生 食物中毒 呕吐 好吃 老板 外卖 的 市场监管局 通报 鼠头 奶茶 火锅 舒兰 下架 添加剂 孩子 天气 电影 海底捞 变质"


@cache
def tables() -> tuple[Model, Reader, Reasons]:
    model = load()
    ids = {word: at for at, word in enumerate(model.vocabulary)}
    return model, Reader(loaded()), Reasons(model, ids, generic=frozenset(("通报",)))


def worth(model: Model, words: Sequence[str], hits: Sequence[Hit], output: int) -> dict[str, float]:
    """What each word is worth, reckoned in the plainest way."""
    found = defaultdict[str, float](float)
    for hit in hits:
        for name in (hit.kind, f"{hit.kind}:{hit.group}"):
            if name in model.group_names:
                found[hit.term] += float(model.weights.groups[model.group_names.index(name), output])
    for word in words:
        if word in model.vocabulary and len(word) > 1:
            at = model.vocabulary.index(word)
            found[word] += float(model.weights.words[at, output] * model.weights.scales[2, output]) / max(len(words), 1) ** 0.5
    return found


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(WORDS.split()), max_size=30).map("".join), st.integers(0, 3))
def test_reasons_are_the_weightiest_words_none_within_another(text: str, output: int) -> None:
    model, reader, reasons = tables()
    read = reader.read([text])
    words, hits = read.words[0], read.hits[0]
    told = reasons.told(reasons.spoken(words, hits), output, [0.0] * len(model.group_names))
    plain = worth(model, words, hits, output)
    assert len(told) <= MOST
    assert all(plain[word] > 0 for word in told)
    assert all(plain[before] >= plain[after] for before, after in pairwise(told))
    left = [word for word, value in plain.items() if value > 0 and not any(word in other or other in word for other in told)]
    assert len(told) == MOST or not left
    assert all(plain[word] <= plain[told[-1]] for word in left)


def test_what_tells_no_matter_is_known() -> None:
    reasons = tables()[2]
    assert [reasons.telling(word) for word in ("通报", "的", "12", "!!")] == [0, 0, 0, 0]
    assert reasons.telling("舒兰某某三中") == reasons.telling("舒兰某某三中") == 0.9
    assert 0 < reasons.telling("食堂") == reasons.telling("食堂") < 0.9
