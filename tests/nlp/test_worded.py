"""Topics that an office makes by their words."""

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.schema import Topic
from nlp.analyst import analyst
from nlp.assessment import Score
from nlp.worded import Worded
from tests.nlp.test_analyst import Text

OWN = Topic(name="prepared", title="预制菜", words=("预制菜", "料理包", "KFC"))
MATTERS = "幼儿园用过期預制菜做午餐，十名孩子呕吐送医"


def topics(text: str, *declared: Topic) -> tuple[Score, ...]:
    return analyst(topics={one.name: one for one in declared}).assess([Text(text)])[0].topics


def test_a_text_that_matters_and_says_a_word_is_of_the_topic_beside_those_that_were_learned() -> None:
    learned = topics(MATTERS)
    found = topics(MATTERS, OWN)
    assert found[0] == Score(1.0, "prepared", ("预制菜",))
    assert found[1:] == learned
    assert "campus" in [topic.name for topic in learned]


def test_a_word_makes_nothing_relevant() -> None:
    judge = analyst(topics={OWN.name: OWN})
    quiet = Text("今天午饭吃了预制菜，还不错")
    assert judge.assess([quiet])[0].relevant == analyst().assess([quiet])[0].relevant


def test_words_of_a_learned_topic_make_it_sure() -> None:
    campus = Topic(name="campus", title="校园食品", words=("幼儿园",))
    assert topics(MATTERS, campus)[0] == Score(1.0, "campus", ("幼儿园",))
    assert len({topic.name for topic in topics(MATTERS, campus)}) == len(topics(MATTERS, campus))


def test_other_gives_way() -> None:
    text = "市场监管部门查处一批问题食品"
    assert [topic.name for topic in topics(text)] == ["other"]
    assert [topic.name for topic in topics(text, Topic(name="batch", title="批次", words=("一批",)))] == ["batch"]


@pytest.mark.parametrize(("text", "is_said"), [("kfc门店检出超标", True), ("XKFCD门店检出超标", False)])
def test_latin_words_are_found_whole_in_any_case(text: str, is_said: bool) -> None:
    assert ("prepared" in {topic.name for topic in topics(text, OWN)}) is is_said


def test_other_words_are_another_version_of_the_judgement() -> None:
    versions = {analyst(topics={OWN.name: one}).version for one in (OWN, OWN.model_copy(update={"words": ("料理包",)}))}
    assert len({*versions, analyst().version}) == 3


@pytest.mark.parametrize(
    ("topic", "told"),
    [
        (Topic(name="prepared", title="预制菜"), "the model has not learned prepared: give the words that tell it"),
        (Topic(name="campus", title="校园食品", words=("\u200b",)), "holds nothing that can be found"),
    ],
)
def test_a_topic_that_can_never_be_found_is_named_with_its_file(topic: Topic, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Worded({topic.name: topic}, Path("home"))
    assert [str(fault).startswith(f"home/topics/{topic.name}.yaml: words: ") and told in str(fault) for fault in caught.value.faults] == [True]
