"""What is made of files is made once for what they say."""

from pathlib import Path

from nlp.kept import by_content
from nlp.lexicon import loaded


def test_folders_that_say_the_same_share_what_is_made_of_them(tmp_path: Path) -> None:
    made: list[Path] = []

    @by_content("words/*.txt")
    def words(folder: Path) -> str:
        made.append(folder)
        return "".join(path.read_text("utf-8") for path in sorted(folder.glob("words/*.txt")))

    for name, said in (("a", "肉"), ("b", "肉"), ("c", "奶")):
        (tmp_path / name / "words").mkdir(parents=True)
        (tmp_path / name / "words" / "x.txt").write_text(said, "utf-8")
        (tmp_path / name / "else.txt").write_text(name, "utf-8")
    assert [words(tmp_path / name) for name in "abcba"] == ["肉", "肉", "奶", "肉", "肉"]
    assert made == [tmp_path / "a", tmp_path / "c"]


def test_a_file_that_is_renamed_is_another(tmp_path: Path) -> None:
    @by_content("*.txt")
    def names(folder: Path) -> list[str]:
        return [path.name for path in folder.glob("*.txt")]

    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text("肉", "utf-8")
    assert [names(tmp_path / name) for name in "ab"] == [["a.txt"], ["b.txt"]]


def test_lexicons_that_say_the_same_are_one(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name / "lexicons").mkdir(parents=True)
        (tmp_path / name / "lexicons" / "foods.txt").write_text("酸奶\n", "utf-8")
    assert loaded(tmp_path / "a") is loaded(tmp_path / "b")
    assert loaded(tmp_path / "a") is not loaded()
