"""The recipe that everybody copies beside ours: on one machine, in one run.

Four questions. How many pairs does a second of training see? What is the equal error
rate on people never seen, after equal minutes? How long does it take to verify a probe
against 50 enrolled photos? How much of the processor is used? Both sides do the whole
work, reading and decoding included. The two recipes are in rivals.py. RESULTS.md shows
the figure, notebook 09 times the verification; `python -m helpers benchmark` makes both
files in images/.
"""

import functools
import json
import os
import platform
import tempfile
import time
from pathlib import Path

import cv2
import keras
import numpy as np

from helpers import faces, plots
from helpers.datasets import orl, split
from helpers.disk.files import write_json
from helpers.experiments import rivals, speed
from helpers.experiments.orl_runs import untrained
from helpers.measures import processor
from helpers.verifier import Verifier

LOOKS = 12  # points of a curve
ENROLLED = 50
WIDTHS = 32, 16  # of our towers: for faces, for the rest
WANTED = 0.15  # EER, of which the minutes are told that it takes to reach it


def train_by_the_clock(step, measure, minutes):
    """Train for some minutes; the clock stands still while unseen people are measured.

    Args:
        step, measure: as `rivals` makes them.

    Returns:
        curve, list of (seconds, EER), and the seconds of each step.
    """
    whole, clock, seconds = 60 * minutes, 0.0, []
    curve = [(0.0, measure())]
    while clock < whole:
        start = time.perf_counter()
        step(clock / whole)
        seconds.append(time.perf_counter() - start)
        clock += seconds[-1]
        if clock >= len(curve) * whole / LOOKS:
            curve.append((clock, measure()))
    return curve, seconds


def minutes_to(curve, rate=WANTED):
    """Minutes of training until unseen people's EER is no higher; None if it never is.

    >>> minutes_to([(0, 0.5), (60, 0.2), (90, 0.14)]), minutes_to([(0, 0.5)])
    (1.5, None)
    """
    reached = [seconds for seconds, eer_ in curve if eer_ <= rate]
    return reached[0] / 60 if reached else None


def time_verification(photos, verifier, classic_runs=3, our_runs=4):
    """Seconds of one verification against 50 enrolled photos, both ways.

    Args:
        photos: `Photos`; the first 50 are enrolled, the others are probes.
        verifier: a `Verifier`.
        classic_runs, our_runs: how often the classic loop runs, and ours each probe.

    Returns:
        Two lists of seconds, classic and ours.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.jpg" for number in range(len(photos))]
        for file, image in zip(files, photos.images, strict=True):
            cv2.imwrite(str(file), image)
        enrolled, probes = files[:ENROLLED], files[ENROLLED:]
        ours = rivals.our_verification(verifier, enrolled)
        our_seconds = [seconds_of(ours, probe) for probe in probes * our_runs]
        classic = rivals.classic_verification(enrolled, probes[0])
        classic_seconds = [seconds_of(classic) for _ in range(classic_runs)]
    return classic_seconds, our_seconds


def seconds_of(function, *arguments):
    """How long one call takes."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def machine():
    """The processor in words."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        names = [line.split(":")[1].strip() for line in lines if "model name" in line]
        name = names[0] if names else name
    return f"{name}, {os.cpu_count()} cores"


def percent(rate):
    """A rate as text: '12.3 %'."""
    return f"{100 * rate:.1f} %"


def milliseconds(seconds):
    """A duration as text: '11,520.0 ms'."""
    return f"{1000 * seconds:,.1f} ms"


def run(minutes, quiet=False):
    """Measure both sides with so many minutes of training each: a dict for JSON."""
    say = (lambda text: None) if quiet else functools.partial(print, flush=True)
    photos = orl(quiet=True)
    crops = faces.crop_all(photos)
    found = {"machine": machine(), "bf16_pays": processor.best_policy() != "float32"}
    found["untrained_eer"] = untrained(*split(photos))
    levelled = untrained(*split(crops))
    for name in ("raw pixels", "eigenfaces"):
        found["untrained_eer"][f"{name} of levelled crops"] = levelled[name]
    sides = {
        "classic": (rivals.classic_recipe, split(rivals.classic_photos(photos)), 16),
        "ours": (rivals.our_recipe, split(crops), rivals.PAIRS),
    }
    for name, (recipe, (train, test), pairs_a_step) in sides.items():
        say(f"Training for {minutes:g} minutes: {name} ...")
        curve, seconds = train_by_the_clock(*recipe(train, test), minutes)
        keras.backend.clear_session()
        found[name] = {
            "pairs_a_step": pairs_a_step,
            "steps": len(seconds),
            "seconds_a_step": float(np.median(seconds)),
            "pairs_a_second": pairs_a_step / float(np.median(seconds)),
            "eer": curve[-1][1],
            "minutes_to_wanted": minutes_to(curve),
            "curve": curve,
        }
    keras.mixed_precision.set_global_policy("float32")
    say(f"Verifying a probe against {ENROLLED} photos ...")
    classic, ours = time_verification(photos.take(np.arange(80)), Verifier.load())
    for name, seconds in (("classic", classic), ("ours", ours)):
        found[name]["verify_seconds"] = float(np.median(seconds))
        found[name]["verify_seconds_95"] = float(np.quantile(seconds, 0.95))
    say("Measuring how much of the processor is used ...")
    policy = processor.best_policy()
    found["speed"] = [
        speed.measure(crops, policy, processor.xla_pays(policy), width, minutes)
        for width in WIDTHS
    ]
    found["minutes"] = minutes
    found["people"] = "trained on people 1-30 of ORL, tested on 31-40"
    return found


def table(found):
    """What was measured, as a table in words."""
    classic, ours = found["classic"], found["ours"]
    more = ours["pairs_a_second"] / classic["pairs_a_second"]
    faster = classic["verify_seconds"] / ours["verify_seconds"]

    def both(key, form):
        return form(classic[key]), form(ours[key])

    def reached(minutes):
        return "not reached" if minutes is None else f"{minutes:.1f}"

    pairs = f"{classic['pairs_a_second']:,.1f}", f"{ours['pairs_a_second']:,.0f}"
    rows = {
        "": ("classic recipe", "ours"),
        "pairs trained a second": (*pairs, f"{more:,.0f} x"),
        f"EER on unseen people, {found['minutes']:g} min": both("eer", percent),
        f"minutes to an EER of {WANTED:.0%}": both("minutes_to_wanted", reached),
        f"verify against {ENROLLED}, median": (
            *both("verify_seconds", milliseconds),
            f"{faster:,.0f} x",
        ),
        "  95th percentile": both("verify_seconds_95", milliseconds),
    }
    lines = []
    for name, (first, second, *gain) in rows.items():
        lines.append(f"{name:34}{first:>16}{second:>14}{''.join(gain):>12}".rstrip())
    lines += ["", "EER without any training, the same people:"]
    lines += [
        f"  {name:32}{percent(v):>16}" for name, v in found["untrained_eer"].items()
    ]
    policy = "bfloat16 pays" if found["bf16_pays"] else "float32 throughout"
    lines += ["", *map(speed.describe, found["speed"])]
    return "\n".join([*lines, "", f"{found['machine']}; {policy}."])


def figure(found):
    """The error of both sides over the time of training."""
    runs = {}
    for name, key in (("classic recipe", "classic"), ("ours", "ours")):
        seconds, rates = np.array(found[key]["curve"]).T
        runs[name] = seconds / 60, 100 * rates
    end = [0, found["minutes"]]
    for name in ("eigenfaces", "grey values, L1"):
        runs[name] = end, [100 * found["untrained_eer"][name]] * 2
    plots.use_style()
    return plots.curves(
        runs,
        f"Equal minutes: EER {percent(found['classic']['eer'])} against "
        f"{percent(found['ours']['eer'])}",
        "minutes of training",
        "EER on ten unseen people (%)",
    )


def main(minutes=4.0, folder="images", as_json=False):
    """Run the benchmark, print its table, keep its figure and its numbers.

    Args:
        minutes: of training for each side.
        folder: where benchmark.png and benchmark.json go.
        as_json: print the numbers as one line of JSON in place of the table.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    found = run(minutes, quiet=as_json)
    figure(found).savefig(folder / "benchmark.png", dpi=100, facecolor="white")
    write_json(folder / "benchmark.json", found, indent=1)
    print(json.dumps(found) if as_json else table(found))
    return 0
