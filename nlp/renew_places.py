"""Brings places.csv up to a new public list: `python -m nlp.renew_places LIST.csv`; names kept by hand stay.

LIST has the columns code and path (吉林省/吉林市/舒兰市; no step between a municipality and its districts).
"""

import csv
import sys
from pathlib import Path

from config.load import SHIPPED

_LEVELS = {1: "province", 2: "prefecture", 3: "county"}
_MUNICIPALITIES = frozenset(("北京市", "上海市", "天津市", "重庆市"))
COLUMNS = ("code", "path", "kind", "names")


def renewed(rows: list[dict[str, str]], official: list[dict[str, str]]) -> tuple[list[dict[str, str]], list[str]]:
    """Return the rows with what is new in the official list, and the paths that it no longer has.

    A place whose code stays keeps its names under its new path; what is gone is kept, since old posts name it, and told.
    """
    known = {row["code"]: row for row in rows if row["code"]}
    listed = {row["code"]: row["path"] for row in official}
    kept = [row | {"path": listed.get(row["code"], row["path"]), "names": _with_own(row, listed)} for row in rows]
    new = [
        {"code": code, "path": path, "kind": _kind(code, path), "names": path.rpartition("/")[2]}
        for code, path in listed.items()
        if code not in known
    ]
    gone = [row["path"] for code, row in known.items() if code not in listed]
    return sorted(kept + new, key=lambda row: (not row["code"], row["code"])), gone


def _with_own(row: dict[str, str], listed: dict[str, str]) -> str:
    own = listed.get(row["code"], row["path"]).rpartition("/")[2]
    names = row["names"].split()
    return row["names"] if own in (name.rstrip("?!") for name in names) else " ".join([own, *names])


def _kind(code: str, path: str) -> str:
    steps = path.split("/")
    if len(steps) == 2 and (steps[0] in _MUNICIPALITIES or code[2:4] == "90"):
        return "county"
    return _LEVELS[len(steps)]


def main(source: Path, target: Path = SHIPPED / "places.csv") -> None:
    """Rewrite `target` with what `source` says; names what is gone on stderr."""
    lines = target.read_text(encoding="utf-8").splitlines(keepends=True)
    head = [line for line in lines if line.startswith("#")]
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    with source.open(encoding="utf-8", newline="") as file:
        rows, gone = renewed(rows, list(csv.DictReader(file)))
    with target.open("w", encoding="utf-8", newline="") as file:
        file.writelines(head)
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    for path in gone:
        sys.stderr.write(f"no longer listed: {path}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
