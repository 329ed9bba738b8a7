"""The terms of a text are what it is about, not what it says in passing."""

from nlp.terms import MOST, terms


def told(lead: list[tuple[str, str]], rest: list[tuple[str, str]] | None = None) -> dict[str, float]:
    return dict(terms(lead, rest or [], telling=lambda word: 0.1 if word == "通报" else 0.9))


def test_names_and_things_count_numbers_and_small_words_do_not() -> None:
    found = told([("磐石市", "ns"), ("四十余万", "m"), ("的确", "d"), ("鸡块", "n"), ("金黄色葡萄球菌", ""), ("通报", "n"), ("沟", "n")])
    assert found == {"磐石": 0.9, "鸡块": 0.9, "金黄色葡萄球菌": 0.9}


def test_a_title_says_most_then_what_comes_again() -> None:
    found = told([("改日期", "v")], [("调出", "v"), ("袋熊", "n"), ("袋熊", "n"), ("柜台", "n")])
    assert found["改日期"] > found["袋熊"] > found["柜台"]
    assert "调出" not in found


def test_they_are_few_and_in_a_fixed_order() -> None:
    many = [(f"词{chr(0x4E00 + n)}", "n") for n in range(40)]
    assert len(told(many)) == MOST
    assert list(told(many)) == list(told(many[::-1]))
