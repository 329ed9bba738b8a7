"""`make bench`: posts/s of the whole path beside the usual stack, in one run, each on one core, with memory; medians of several rounds.

Nothing here is asserted. BENCH_JSON=FILE keeps the figures.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time

from tests.bench import paths

POSTS = int(os.environ.get("BENCH_POSTS", "6000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def _measured(name: str) -> dict[str, float]:
    """Run one path in a process of its own; return its posts/s and peak memory."""
    run = subprocess.run([sys.executable, "-m", "tests.bench", name], env={**os.environ, **ONE_CORE}, stdout=subprocess.PIPE, check=True)
    return json.loads(run.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def _alone(name: str) -> None:
    """Measure one path here, on one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    job = getattr(paths, name)(POSTS)
    started, used = time.perf_counter(), time.process_time()
    done = job()
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"posts_per_s": done / seconds, "posts_per_cpu_s": done / cpu, "peak_mib": peak}))


def main() -> None:
    """Print the table; with a path's name, measure that one."""
    if len(sys.argv) > 1:
        _alone(sys.argv[1])
        return
    figures: dict[str, dict[str, float]] = {}
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in paths.PATHS}
    for _ in range(ROUNDS):
        for name in paths.PATHS:
            rounds[name].append(_measured(name))
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    for name, found in rounds.items():
        figures[name] = {key: statistics.median(one[key] for one in found) for key in found[0]}
    usual = figures["usual"]["posts_per_s"]
    print(f"{POSTS:,} posts of 140 characters, one core, medians of {ROUNDS} rounds")
    print(f"{'path':<12}{'posts/s':>10}{'per CPU s':>12}{'× usual':>10}{'peak MiB':>10}   what")
    for name, what in paths.PATHS.items():
        one = figures[name]
        ratio = one["posts_per_s"] / usual
        print(f"{name:<12}{one['posts_per_s']:>10,.0f}{one['posts_per_cpu_s']:>12,.0f}{ratio:>10.1f}{one['peak_mib']:>10.0f}   {what}")
    if os.environ.get("BENCH_JSON"):
        with open(os.environ["BENCH_JSON"], "w") as file:  # noqa: PTH123
            json.dump({"posts": POSTS, "rounds": ROUNDS, "paths": figures}, file, indent=1)


main()
