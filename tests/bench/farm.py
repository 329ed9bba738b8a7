"""`python -m tests.bench.farm`: hundreds of sources on one crawling worker, each on a host of its own, beside a bare Scrapy spider on these hosts.

The worker is what `shian schedule` runs, with the product's own politeness but for the delay that is printed; schedules are shortened, as printed.
The beginning is warm-up: every source is crawled whole once. What is measured after it: how late each crawl began, CPU of the worker and of what it
started for each request that the hosts got, and the greatest memory of all of these at once. Linux only; nothing here is asserted.
FARM_SOURCES (500), FARM_MINUTES (1), FARM_EVERY (40, seconds of the shortest schedule), FARM_DELAY (3.0); FARM_JSON=FILE keeps the figures.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import yaml

from crawlers.report import CrawlReport, reports
from tests.bench.hosts import SILENT, address, kind_of

SOURCES = int(os.environ.get("FARM_SOURCES", "500"))
MINUTES = float(os.environ.get("FARM_MINUTES", "1"))
EVERY = int(os.environ.get("FARM_EVERY", "40"))
DELAY = float(os.environ.get("FARM_DELAY", "3"))
SHAPES = (1, 1, 2, 2, 3)
"""The schedules, in turn, in multiples of the shortest."""
PACE = 2.5 * EVERY
"""Seconds between two new items of a site."""
_TICK = os.sysconf("SC_CLK_TCK")
_LIST = {"items": "ul.news li", "fields": {"title": "a", "url": "a::attr(href)", "published_at": "span"}}
KINDS = {
    "fields": {"kind": "listing", **_LIST, "detail": {"fields": {"text": ".body", "title": "h1", "author": ".by", "published_at": ".at"}}},
    "density": {"kind": "listing", **_LIST, "detail": {}},
    "feed": {"kind": "feed"},
    "api": {"kind": "api", "items": "data.list", "fields": {"id": "id", "title": "word", "heat": "num", "published_at": "at"}},
}


@contextmanager
def farm() -> Iterator[int]:
    """Run the sites; yields their port."""
    with subprocess.Popen([sys.executable, "-m", "tests.bench.hosts", str(PACE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def home_of(folder: Path, port: int) -> Path:
    """Make a home with the sources."""
    for name in ("sources", "topics", "rules", "channels"):
        (folder / name).mkdir(parents=True)
    places = [f"{address(number)}:{port}" for number in range(SOURCES)]
    crawl = {"delay": DELAY, "timeout": "10s", "limit": "2m", "allow_private": places, "contact": "bench@example.org"}
    (folder / "settings.yaml").write_text(yaml.safe_dump({"crawl": crawl}), "utf-8")
    for number, place in enumerate(places):
        every = f"{EVERY * SHAPES[number % len(SHAPES)]}s"
        usual = {"title": f"站点{number}", "url": f"http://{place}/list", "every": every, "category": "news", "trust": "media", "platform": "news"}
        one = usual | KINDS[kind_of(number)]
        (folder / "sources" / f"s{number:03}.yaml").write_text(yaml.safe_dump(one, allow_unicode=True), "utf-8")
    return folder


def worker(home: str) -> None:
    """Do as `shian schedule` does, and note when each crawl was due."""
    from apscheduler.events import EVENT_JOB_SUBMITTED, JobSubmissionEvent

    from pipeline.app import App
    from pipeline.home import Home
    from pipeline.schedule import scheduler_of

    app = App(Home(Path(home)), environ=os.environ)
    scheduler = scheduler_of(app)
    for job in ("purge", "digest", "escalate"):
        scheduler.remove_job(job)
    dues = Path(home, "dues").open("a", buffering=1)  # noqa: SIM115 - until the process ends

    def due(event: JobSubmissionEvent) -> None:
        """Note it."""
        dues.write(f"{event.job_id.partition('/')[2]} {event.scheduled_run_times[-1].timestamp()}\n")

    scheduler.add_listener(due, EVENT_JOB_SUBMITTED)
    try:
        scheduler.start()
    except KeyboardInterrupt:
        scheduler.shutdown(wait=False)
    finally:
        app.crew.close()


def spent(root: int) -> tuple[float, float]:
    """CPU seconds of a process and all that came of it, and the MiB that they have now."""
    cpu, memory, parents = 0.0, 0.0, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            parents[int(folder.name)] = (int(fields[1]), sum(map(int, fields[11:15])) / _TICK, int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 2**20)
        except (FileNotFoundError, ProcessLookupError):
            continue
    for one, (_, used, resident) in parents.items():
        above = one
        while above in parents and above != root:
            above = parents[above][0]
        if above == root:
            cpu, memory = cpu + used, memory + resident
    return cpu, memory


def count(port: int) -> int:
    """How many requests the sites got."""
    with urlopen(f"http://127.0.0.1:{port}/count") as answer:
        return int(answer.read())


def lateness(home: Path, since: float) -> tuple[list[float], int, list[CrawlReport]]:
    """Seconds from due to begun of each crawl due since then, how many of those never began, and the reports of the others."""
    dues: dict[str, list[float]] = {}
    for line in (home / "dues").read_text().splitlines():
        name, _, at = line.partition(" ")
        dues.setdefault(name, []).append(float(at))
    late, missed, found = [], 0, []
    for name, times in dues.items():
        done = [report for report in reports(home / "reports", name) if report.started.timestamp() >= since]
        for due, following in zip(times, [*times[1:], float("inf")], strict=True):
            if due < since:
                continue
            report = next((one for one in done if due - 0.5 <= one.started.timestamp() < following - 0.5), None)
            if report:
                late.append(report.started.timestamp() - due)
                found.append(report)
            else:
                missed += 1
    return late, missed, found


def measured() -> dict[str, float]:
    """Run the worker on the farm; return its figures."""
    with tempfile.TemporaryDirectory(prefix="shian-farm-") as folder, farm() as port:
        home = home_of(Path(folder) / "home", port)
        begun = time.time()
        process = subprocess.Popen([sys.executable, "-m", "tests.bench.farm", "worker", str(home)], start_new_session=True)
        try:
            peak, warm = 0.0, begun + SOURCES * 0.1 + EVERY
            marks: list[tuple[float, float, int]] = []
            for until in (warm, warm + 60 * MINUTES):
                while (left := until - time.time()) > 0:
                    time.sleep(min(1.0, left))
                    peak = max(peak, spent(process.pid)[1])
                marks.append((time.time(), spent(process.pid)[0], count(port)))
            (start, cpu, asked), (end, cpu_end, asked_end) = marks
            time.sleep(15)  # what was due last may still be on its way, and its report comes at its end
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()
        late, missed, found = lateness(home, start)
    requests = asked_end - asked
    cuts = statistics.quantiles(late, n=20)
    return {
        "sources": SOURCES,
        "crawls": len(late),
        "unreported": missed,
        "requests": requests,
        "requests_per_s": requests / (end - start),
        "late_median_s": statistics.median(late),
        "late_p95_s": cuts[-1],
        "late_max_s": max(late),
        "cpu_ms_per_request": 1000 * (cpu_end - cpu) / requests,
        "cpu_share": (cpu_end - cpu) / (end - start),
        "warm_cpu_s": cpu,
        "warm_requests": asked,
        "peak_mib": peak,
        "not_modified": sum(one.not_modified for one in found),
        "posts": sum(one.new for one in found),
        "ill": sum(one.health != "ok" for one in found),
    }


def bare() -> dict[str, float]:
    """CPU for each request of one Scrapy spider with nothing of ours, on the same lists and articles, as quick as it may."""
    with farm() as port:
        run = subprocess.run([sys.executable, "-m", "tests.bench.bare", str(port), str(SOURCES)], stdout=subprocess.PIPE, check=True, env=os.environ)
        cpu, _ = json.loads(run.stdout.splitlines()[-1])
        requests = count(port)
    return {"requests": requests, "cpu_ms_per_request": 1000 * cpu / requests}


def main() -> None:
    """Print the figures."""
    if sys.argv[1:2] == ["worker"]:
        worker(sys.argv[2])
        return
    figures = {"worker": measured(), "bare": bare()}
    one, plain = figures["worker"], figures["bare"]
    shapes = sorted({EVERY * shape for shape in SHAPES})
    cpu, bare_cpu = one["cpu_ms_per_request"], plain["cpu_ms_per_request"]
    lines = {
        "crawls": f"{one['crawls']:,} ({one['unreported']} passed over or not over yet), {one['ill']} ill, {one['posts']:,} posts",
        "requests": f"{one['requests']:,}, {one['requests_per_s']:.1f} a second, {one['not_modified']:,} not modified",
        "late": f"median {one['late_median_s']:.2f} s, p95 {one['late_p95_s']:.2f} s, most {one['late_max_s']:.2f} s",
        "memory": f"{one['peak_mib']:.0f} MiB at most, schedule and crawls together",
        "CPU": f"{cpu:.2f} ms a request, {100 * one['cpu_share']:.0f} % of a core; a bare Scrapy spider {bare_cpu:.2f} ms, × {cpu / bare_cpu:.2f}",
    }
    print(f"{SOURCES} sources, each on its own host, every {', '.join(map(str, shapes))} s (shortened), {DELAY:g} s between two requests to a host,")
    print(f"one in {SILENT} never answers; {MINUTES:g} min after a warm-up of {one['warm_requests']:,} requests and {one['warm_cpu_s']:.0f} CPU s")
    for name, line in lines.items():
        print(f"{name:<10}{line}")
    if os.environ.get("FARM_JSON"):
        Path(os.environ["FARM_JSON"]).write_text(json.dumps(figures, indent=1), "utf-8")


if __name__ == "__main__":
    main()
