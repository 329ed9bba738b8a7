"""Promises of nlp.segment."""

import gzip
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from config.errors import ConfigError
from nlp.lexicon import loaded, segmenter_words
from nlp.segment import Segmenter
from nlp.text import cleaned

TEXTS = [
    "某小学多名学生午餐后出现呕吐、腹泻,家长质疑食堂后厨卫生,市场监管局已介入调查",
    "网友爆料在外卖里吃出半只蟑螂,商家只肯退款,客服让他自己去12315投诉",
    "幼儿园食堂使用过期冷冻鸡肉,园长被停职,教育局通报处理结果",
    "专项抽检发现三批次食用油黄曲霉毒素超标,厂家称正在召回问题产品",
    "罐车卸完煤制油直接装食用油,司机说洗罐要花钱,所以一般不洗",
    "周末带孩子去吃火锅,味道不错,就是排队太久,服务员态度很好",
    "散装白酒检出甲醇,执法人员在出租屋里捣毁一个制假窝点,查获假酒两千瓶",
    "他把淀粉肠扔在地上,捡起来继续烤,旁边的顾客全都看见了",
    "专家提醒:自制腌菜要注意亚硝酸盐,发芽的土豆含有龙葵素,不要食用",
    "今天股市大跌,小米手机新品发布会定在下周三,油价也要调整了",
]


def f1(one: Sequence[Sequence[str]], other: Sequence[Sequence[str]]) -> float:
    """How far two ways of cutting agree on where words begin and end."""
    shared = total = 0
    for words, others in zip(one, other, strict=True):
        a, b = spans(words), spans(others)
        shared += 2 * len(a & b)
        total += len(a) + len(b)
    return shared / total


def spans(words: Sequence[str]) -> set[tuple[int, int]]:
    at, found = 0, set()
    for word in words:
        found.add((at, at + len(word)))
        at += len(word)
    return found


@pytest.fixture(scope="module")
def words() -> list[str]:
    return segmenter_words(loaded())


@pytest.fixture(scope="module")
def both(words: list[str]) -> tuple[Segmenter, Segmenter]:
    return Segmenter(words, engine="rjieba"), Segmenter(words, engine="jieba")


def test_both_engines_cut_alike(both: tuple[Segmenter, Segmenter]) -> None:
    quick, reference = both
    assert f1(quick.cut(TEXTS), reference.cut(TEXTS)) >= 0.99


@pytest.mark.data
def test_both_engines_cut_real_titles_alike(both: tuple[Segmenter, Segmenter], shared: Path) -> None:
    with gzip.open(shared / "hot-titles-2020-2024.tsv.gz", "rt", encoding="utf-8") as rows:
        titles = cleaned([row.rstrip("\n").split("\t")[1] for number, row in enumerate(rows) if number % 100 == 0])
    quick, reference = both
    assert f1(quick.cut(titles), reference.cut(titles)) >= 0.99


@pytest.mark.parametrize("engine", ["rjieba", "jieba"])
def test_words_of_the_trade_stay_whole_and_nothing_is_lost(engine: str) -> None:
    [cut] = Segmenter(["鼠头鸭脖", "土坑酸菜"], engine=engine).cut(["鼠头鸭脖 之后又是土坑酸菜"])
    assert "鼠头鸭脖" in cut
    assert "土坑酸菜" in cut
    assert "".join(cut) == "鼠头鸭脖之后又是土坑酸菜"


@pytest.mark.parametrize("engine", ["rjieba", "jieba"])
def test_one_segmenter_does_not_learn_from_another(engine: str) -> None:
    plain, taught = Segmenter(engine=engine), Segmenter(["呱唧嘭"], engine=engine)
    assert "呱唧嘭" in taught.cut(["吃了呱唧嘭没有"])[0]
    assert "呱唧嘭" not in plain.cut(["吃了呱唧嘭没有"])[0]


def test_an_unknown_engine_is_an_error() -> None:
    with pytest.raises(ConfigError, match="pkuseg: no such engine; there are rjieba, jieba"):
        Segmenter(engine="pkuseg")


def test_the_quick_engine_is_chosen_where_it_is_installed() -> None:
    assert Segmenter().engine == "rjieba"


def test_jieba_is_loaded_late_and_leaves_no_trace(tmp_path: Path) -> None:
    program = (
        "import sys, logging; from nlp.segment import Segmenter; s = Segmenter(engine='jieba'); assert 'jieba' not in sys.modules; "
        "s.cut(['食堂']); log = logging.getLogger('jieba'); print(log.level, len(log.handlers))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    assert (done.stdout.strip(), done.stderr) == ("0 0", "")
    assert list(tmp_path.iterdir()) == []


def test_logging_stays_as_it_was() -> None:
    logger = logging.getLogger("jieba")
    before = logger.level, list(logger.handlers)
    Segmenter(engine="jieba").cut(["食堂"])
    assert (logger.level, logger.handlers) == before
