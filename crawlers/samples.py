"""Sampling results (抽检结果): what a regulator found in one sample of food, as records, and told in sentences."""

from collections.abc import Sequence

from msgspec import Struct

MOST = 300
"""Samples that are kept of one notice."""
_LONGEST = 12_000
"""Characters of all sentences; the records hold the rest."""


class Failed(Struct, frozen=True, omit_defaults=True):
    """不合格项目: what was tested, what was found, and what the standard allows, in the notice's own words."""

    item: str
    result: str = ""
    limit: str = ""


class Sample(Struct, frozen=True, omit_defaults=True):
    """抽检结果: one sample that failed; what the notice does not say is empty. `place` is who sold it, `made` its date or batch."""

    food: str
    failed: tuple[Failed, ...] = ()
    maker: str = ""
    maker_address: str = ""
    place: str = ""
    place_address: str = ""
    spec: str = ""
    brand: str = ""
    made: str = ""
    kind: str = ""
    lab: str = ""
    number: str = ""
    remark: str = ""


def told(samples: Sequence[Sample]) -> str:
    """Return a line for each sample, so that search, events and reports find firm, food and what was found; empty without samples."""
    if not samples:
        return ""
    lines = [f"抽检不合格样品{len(samples)}批次{'以上' if len(samples) == MOST else ''}："]
    length = 0
    for number, sample in enumerate(samples, 1):
        line = _sentence(sample)
        length += len(line)
        if length > _LONGEST:
            lines.append(f"另有{len(samples) - number + 1}批次，见附件。")
            break
        lines.append(line)
    return "\n".join(lines)


def _sentence(sample: Sample) -> str:
    sold = sample.place and f"{sample.place}{f'（{sample.place_address}）' if sample.place_address else ''}销售的"
    made = sample.maker and f"标称{sample.maker}生产的"
    brand = f"“{sample.brand.removesuffix('牌')}”牌" if sample.brand else ""
    about = "，".join(filter(None, (sample.spec, sample.made)))
    return f"{'、'.join(filter(None, (sold, made)))}{brand}{sample.food}{f'（{about}）' if about else ''}：{'；'.join(map(_found, sample.failed))}。"


def _found(one: Failed) -> str:
    return "，".join(filter(None, (f"{one.item}不合格", one.result and f"检验结果{one.result}", one.limit and f"标准值{one.limit}")))
