"""Promises of nlp.fingerprint."""

import os
import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.fingerprint import BANDS, NEAR, fingerprints, likeness

SIGNS = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经食堂菜肉奶粉"


def written(chance: random.Random, length: int) -> str:
    return "".join(chance.choices(SIGNS + "学校家长外卖抽检通报老鼠虫异物呕吐腹泻市场监管调查回应道歉停业整改", k=length))


def edited(text: str, share: float, chance: random.Random) -> str:
    """The text with a share of its characters replaced, left out, or followed by another."""
    signs = list(text)
    for at in chance.sample(range(len(signs)), round(share * len(signs))):
        signs[at] = chance.choice([chance.choice(SIGNS), "", signs[at] + chance.choice(SIGNS)])
    return "".join(signs)


def candidates(a: str, b: str) -> bool:
    mine, yours = fingerprints([a, b])
    return not set(mine.bands).isdisjoint(yours.bands)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=6))
def test_equal_texts_have_equal_fingerprints_wherever_they_stand(texts: list[str]) -> None:
    for text, together in zip(texts, fingerprints(texts), strict=True):
        assert fingerprints([text]) == [together]
    exact = [fingerprint.exact for fingerprint in fingerprints(texts)]
    assert len(set(exact)) == len(set(texts))


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=30), st.text(max_size=30))
def test_likeness_is_mutual_and_one_only_for_the_same_words(a: str, b: str) -> None:
    assert likeness(a, b) == likeness(b, a)
    assert 0 <= likeness(a, b) <= 1
    assert likeness(a, a) == 1


@pytest.mark.parametrize(("share", "recall"), [(0.05, 1.0), (0.10, 0.99), (0.15, 0.95)])
def test_an_edited_post_is_found_again(share: float, recall: float) -> None:
    chance = random.Random(7)
    posts = [written(chance, 140) for _ in range(300)]
    others = [edited(post, share, chance) for post in posts]
    pairs = zip(fingerprints(posts), fingerprints(others), strict=True)
    found = [not set(a.bands).isdisjoint(b.bands) for a, b in pairs]
    assert sum(found) >= recall * len(posts)


def test_light_edits_pass_verification() -> None:
    chance = random.Random(8)
    alike = [likeness(post, edited(post, 0.1, chance)) for post in (written(chance, 140) for _ in range(200))]
    assert sum(value >= NEAR for value in alike) >= 0.98 * len(alike)


def test_posts_that_share_only_a_template_are_not_near() -> None:
    template = "某地通报学校食堂问题 关注食品安全 转发提醒身边的人"
    one = f"{template} 孩子昨天回来说米饭里有黑色的小虫,班上好几个同学都看见了,老师让他们挑出来接着吃"
    other = f"{template} 供货商的冷库上个月就停电过一次,里面的鸡腿化了又冻,我在那里干过半年,知道这些事"
    assert likeness(one, other) < NEAR


def test_unlike_posts_are_rarely_even_candidates() -> None:
    chance = random.Random(9)
    rows = fingerprints([written(chance, 140) for _ in range(200)])
    met = sum(not set(a.bands).isdisjoint(b.bands) for at, a in enumerate(rows) for b in rows[:at])
    assert met < 0.02 * 200 * 199 / 2


def test_punctuation_and_case_do_not_count_for_likeness() -> None:
    a, b = "KFC的鸡块,没熟!", "kfc的鸡块 没熟。"
    assert likeness(a, b) == 1
    assert candidates(a, b)
    assert fingerprints([a])[0].exact != fingerprints([b])[0].exact


def test_very_short_texts_are_near_only_to_themselves() -> None:
    nothing, sign, one, two, other = fingerprints(["", "!?", "食", "食堂", "学堂"])
    assert nothing.bands == sign.bands == ()
    assert len(one.bands) == len(two.bands) == BANDS
    assert len({one.bands, two.bands, other.bands}) == 3
    assert likeness("食", "食堂") == 0
    assert likeness("", "") == 1
    assert likeness("!", "?") == 0


def test_bands_fit_a_signed_column_and_a_batch_keeps_its_order() -> None:
    texts = [f"第{number}条帖文说的是别的事情" for number in range(2300)]
    rows = fingerprints(texts)
    assert rows[1500] == fingerprints([texts[1500]])[0]
    assert all(-(2**63) <= band < 2**63 for row in rows for band in row.bands)


def test_only_the_exact_half_where_that_is_enough() -> None:
    [short], [whole] = fingerprints(["食堂"], bands=False), fingerprints(["食堂"])
    assert short.exact == whole.exact
    assert short.bands == ()


def test_fingerprints_are_the_same_in_every_run() -> None:
    program = "from nlp.fingerprint import fingerprints; print(fingerprints(['学校食堂吃出异物'])[0].bands[:2])"
    runs = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    }
    assert runs == {f"{fingerprints(['学校食堂吃出异物'])[0].bands[:2]}\n"}
