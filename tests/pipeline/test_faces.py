"""The JSON that other programs are promised."""

import json
from datetime import UTC, datetime

from crawlers.post import Engagement, Post
from crawlers.samples import Failed, Sample
from nlp.assessment import Assessment, Debunk, Harm, Place, Score
from pipeline.desk.shapes import SampleShape
from pipeline.faces import alert_face, event_face, judgement_face, post_face, times
from pipeline.masks import hidden
from pipeline.model import Alert, Case, Event, JudgedPost, Note

AT = datetime(2024, 9, 5, 1, 30, tzinfo=UTC)
BARE = Assessment(relevant=Score(0.2), threshold=0.5, floor=0.3, model="m1")
FULL = Assessment(
    relevant=Score(0.91, because=("食堂", "腹泻")),
    threshold=0.5,
    floor=0.3,
    model="m1",
    topics=(Score(0.8, "campus", ("食堂",)),),
    rumor=Score(0.123456, because=("速转",)),
    debunk=Debunk("d1", "说法", "结论", "出处", "spreads", 0.9),
    harm=Harm(ill=3, symptoms=("腹泻",), vulnerable=("学生",)),
    places=(Place(("吉林省", "吉林市", "舒兰市"), "220283"), Place(("日本",), foreign=True)),
    alarm=0.5,
    summary="一句话",
)
EVENT = Event(
    id="e",
    title="题",
    first_seen=AT,
    last_seen=AT,
    posts=2,
    stage="萌芽",
    level=2,
    points=61,
    why=("因",),
    topics=("campus",),
    platforms={"weibo": 2},
    terms={},
    case=Case("acknowledged", "李", 3, (Note(AT, "李", "已核"),)),
)


def test_times_carry_the_offset_of_shanghai() -> None:
    assert times(AT) == "2024-09-05T09:30:00+08:00"


def test_a_post_is_called_by_its_own_id_and_kept_under_its_key() -> None:
    face = post_face(JudgedPost(Post("k" * 32, "文", native_id="77", published_at=AT, engagement=Engagement(likes=4)), FULL, b""))
    assert (face["id"], face["key"], face["judgement"]["id"]) == ("77", "k" * 32, "77")
    assert face["published_at"] == "2024-09-05T09:30:00+08:00"
    assert face["collected_at"] is None
    assert face["engagement"] == {"reposts": None, "comments": None, "likes": 4, "heat": None, "rank": None}
    assert post_face(JudgedPost(Post("k", "文"), BARE, b""))["id"] == "k"


def test_sampling_results_of_a_post_have_every_field_and_no_numbers_of_persons_when_hidden() -> None:
    sample = Sample("韭菜", (Failed("腐霉利", "0.86 mg/kg"),), place="某店", remark="联系13812345678")
    (face,) = post_face(JudgedPost(Post("k", "文", samples=(sample,)), BARE, b""))["samples"]
    assert SampleShape.model_validate(face).failed[0].model_dump() == {"item": "腐霉利", "result": "0.86 mg/kg", "limit": ""}
    assert (face["place"], face["maker"]) == ("某店", "")
    assert "13812345678" not in hidden(face)["remark"]


def test_what_is_not_judged_is_null() -> None:
    face = judgement_face("1", BARE)
    assert face["relevant"] == {"is": False, "score": 0.2, "because": []}
    assert face["topics"] == []
    assert {name: face[name] for name in ("rumor", "debunk", "harm", "places", "alarm", "summary")} == dict.fromkeys(
        ("rumor", "debunk", "harm", "places", "alarm", "summary")
    )


def test_a_judgement_says_why() -> None:
    face = judgement_face("1", FULL)
    assert face["topics"] == [{"name": "campus", "score": 0.8, "because": ["食堂"]}]
    assert face["rumor"] == {"score": 0.1235, "because": ["速转"]}
    assert face["debunk"]["stance"] == "spreads"
    assert face["harm"] == {"ill": 3, "hospitalised": None, "dead": None, "symptoms": ["腹泻"], "vulnerable": ["学生"], "quotes": []}
    assert face["places"] == [
        {"code": "220283", "path": ["吉林省", "吉林市", "舒兰市"]},
        {"code": None, "path": ["日本"], "foreign": True},
    ]
    assert face["model"] == "m1"


def test_an_alert_shows_the_case_as_it_is_now() -> None:
    alert = Alert("a", "e", AT, AT, 2, "题", ("因",), ("campus",), {"weibo": 2}, 2, places=())
    face = alert_face(alert, EVENT)
    assert (face["status"], face["owner"], face["version"]) == ("acknowledged", "李", 3)
    assert (face["places"], face["rumor"], face["debunk"]) == ([], None, None)
    assert alert_face(alert, None)["status"] is None


def test_an_event_has_its_handling_log() -> None:
    face = event_face(EVENT)
    assert face["notes"] == [{"at": "2024-09-05T09:30:00+08:00", "by": "李", "text": "已核"}]
    assert (face["level"], face["stage"], face["points"], face["why"]) == (2, "萌芽", 61, ["因"])


def test_every_face_is_plain_json() -> None:
    face = [post_face(JudgedPost(Post("k", "文", collected_at=AT), FULL, b"")), event_face(EVENT)]
    assert json.loads(json.dumps(face, ensure_ascii=False)) == face
