"""A million people on two cores: exact and approximate search side by side.

The people are made (`measures.population`, as `growth` fitted it), so are the probes:
other photos of people enrolled, and strangers. Each probe is alone on one core, as
visitors come; all ways to search take turns, so that a drift of the machine hits all
alike. Numbers of few digits and the second stage are measured on real people, whom the
network never saw. Notebook 13 reads `million.json`, which this makes again in half an
hour, most of it for the graphs:

    python -m helpers.experiments.million
"""

import tempfile
import time
from pathlib import Path

import faiss
import numpy as np

from helpers.disk.files import fill_steps, read_json
from helpers.disk.people import People
from helpers.experiments import growth
from helpers.measures import population
from helpers.recipes.learning import rounded
from helpers.verifier import Verifier

RESULTS = Path(__file__).with_name("million.json")
SIZES = 1000, 10_000, 100_000, 1_000_000
ENROLLED = 100, *SIZES
PROBES = 250  # of each kind
ROUNDS = 25  # in which all ways take turns
TRAIN = 50_000  # templates from which an index learns its cells and codes
LISTS = {1000: 16, 10_000: 64, 100_000: 256, 1_000_000: 1024}  # cells of IVF
GRAPHS = 100_000  # people for whom a graph is built in minutes, not in a quarter hour


# ---- ways to search ------------------------------------------------------------------


class Way:
    """One index, and how it is asked.

    Args:
        spec: for `faiss.index_factory`; "numpy" and "usearch" are what they say.
        rows: templates float32 (person, feature).
    """

    def __init__(self, spec, rows):
        self.spec, self.rows = spec, rows
        start = time.perf_counter()
        if spec == "usearch":
            from usearch.index import Index

            self.index = Index(ndim=rows.shape[1], metric="ip", dtype="f16")
            self.index.add(np.arange(len(rows)), rows, threads=2)
            self.bytes = self.index.memory_usage
        elif spec == "numpy":
            self.index, self.bytes = None, rows.nbytes
        else:
            inner = faiss.METRIC_INNER_PRODUCT
            self.index = faiss.index_factory(rows.shape[1], spec, inner)
            self.index.train(rows[:TRAIN])
            self.index.add(rows)
            self.bytes = len(faiss.serialize_index(self.index))
        self.seconds = time.perf_counter() - start

    def set(self, effort):
        """How much of the index is looked at: cells, or the length of a list."""
        if "IVF" in self.spec:
            self.index.nprobe = effort
        elif "HNSW" in self.spec:
            self.index.hnsw.efSearch = effort
        elif self.spec == "usearch":
            self.index.expansion_search = effort

    def candidates(self, probe, many):
        """The numbers of so many people who may be nearest, (person,)."""
        if self.spec == "numpy":
            scores = self.rows @ probe  # (person,)
            some = np.argpartition(-scores, many)[:many]
            return some[np.argsort(-scores[some])]
        if self.spec == "usearch":
            return self.index.search(probe, many).keys.astype(int)
        return self.index.search(probe[None], many)[1][0]

    def search(self, probe, again):
        """The ten nearest; of `again` candidates, compared in full, where it is not 0.

        Returns:
            int (10,), from the nearest on; -1 where there are no more.
        """
        found = self.candidates(probe, again or 10)
        if again:
            found = found[found >= 0]
            found = found[np.argsort(-(self.rows[found] @ probe))]
        return np.append(found[:10], [-1] * (10 - len(found[:10]))).astype(int)


def ways(people):
    """What is measured among so many people: name -> (spec, efforts, candidates)."""
    cells = f"IVF{LISTS[people]}"
    some = [LISTS[people] // part for part in (16, 8, 4, 2) if LISTS[people] >= part]
    found = {
        "numpy": ("numpy", [0], [0]),
        "flat": ("Flat", [0], [0]),
        "int8": ("SQ8", [0], [0, 100]),
        "codes": ("PQ64x4fs", [0], [0, 100, 400]),
        "cells, codes": (f"{cells},PQ64x4fs", some, [100, 400]),
    }
    if people <= GRAPHS:
        found["float16"] = ("SQfp16", [0], [0])
        found["cells, int8"] = (f"{cells},SQ8", some, [0])
        found["graph"] = ("HNSW32,SQ8", [64, 256], [0, 64])
        found["usearch"] = ("usearch", [64, 256], [0, 64])
    return found


def gallery(people, probes=PROBES, seed=0):
    """Templates of people who are made, and probes.

    Returns:
        rows float32 (person, feature); probes (2 probe, feature), the first half other
        photos of people enrolled, the second half of strangers.
    """
    model, rng = growth.made(), np.random.default_rng(seed)
    who = population.traits_of(model, people, rng)
    rows = population.photos(model, who, rng)
    owners = population.photos(model, who[:: max(people // probes, 1)][:probes], rng)
    others = population.traits_of(model, probes, rng)
    return rows, np.concatenate([owners, population.photos(model, others, rng)])


def recalls(found, true):
    """The shares of nearest templates found: of the first, and of the first ten.

    >>> recalls(np.array([[1, 2], [4, 3]]), np.array([[1, 2], [3, 4]]))
    (0.5, 1.0)
    """
    ten = [len(set(one) & set(other)) for one, other in zip(found, true)]
    return float((found[:, 0] == true[:, 0]).mean()), float(np.mean(ten) / len(true[0]))


def searched(people, rounds=ROUNDS):
    """Build all ways, ask them in turns.

    Returns:
        dict: nearest, the median similarity of the nearest template to owners and to
        strangers; ways, a dict name -> {seconds to build, bytes, batch (milliseconds a
        probe, 256 at a time on two cores), and settings, a list of dicts: effort,
        again, p50 and p99 (milliseconds), recall_1 and recall_10 of all probes,
        owners_1 and strangers_1 of each kind}}.
    """
    rows, probes = gallery(people)
    exact = faiss.IndexFlatIP(rows.shape[1])
    exact.add(rows)
    scores, true = exact.search(probes, 10)
    del exact
    half, found, asked = len(probes) // 2, {}, []
    order = np.random.default_rng(1).permutation(len(probes))
    for name, (spec, efforts, agains) in ways(people).items():
        way = Way(spec, rows)
        found[name] = {"spec": spec, "seconds": round(way.seconds, 2)}
        found[name] |= {"bytes": way.bytes, "settings": []}
        asked += [(name, way, *pair, {}, {}) for pair in _pairs(efforts, agains)]
        print(f"\r{people:,} {name}: {way.seconds:.1f} s", flush=True)
    faiss.omp_set_num_threads(1)
    for part in np.array_split(order, rounds):
        for name, way, effort, again, seconds, tens in asked:
            way.set(effort)
            slow = people > 100_000 and name in ("numpy", "flat", "float16", "int8")
            for i in part[: 2 if slow else None]:
                start = time.perf_counter()
                tens[i] = way.search(probes[i], again)
                seconds[i] = time.perf_counter() - start
    faiss.omp_set_num_threads(2)
    for name, way, effort, again, seconds, tens in asked:
        some = np.array(sorted(tens))
        got = np.array([tens[i] for i in some])
        first = recalls(got[some < half], true[some[some < half]])
        last = recalls(got[some >= half], true[some[some >= half]])
        p50, p99 = 1000 * np.percentile(list(seconds.values()), [50, 99])
        one, ten = recalls(got, true[some])
        row = {"p50": p50, "p99": p99, "recall_1": one, "recall_10": ten}
        row |= {"owners_1": first[0], "strangers_1": last[0]}
        row = {"effort": effort, "again": again, "probes": len(some)} | rounded(row)
        found[name]["settings"].append(row)
        if way.spec not in ("numpy", "usearch"):
            start = time.perf_counter()
            way.index.search(probes[order[:256]], max(again, 10))
            row["batch"] = round(1000 * (time.perf_counter() - start) / 256, 4)
    near = np.median(scores[:half, 0]), np.median(scores[half:, 0])
    own = (true[:half, 0] == np.arange(people)[:: max(people // half, 1)][:half]).mean()
    return {"nearest": np.round(near, 4).tolist(), "own": float(own), "ways": found}


def _pairs(efforts, agains):
    return [(effort, again) for effort in efforts for again in agains]


# ---- enrolment -----------------------------------------------------------------------


def enrolled(people, times=30):
    """Milliseconds to add one person to so many, on one core: the median of some.

    Returns:
        dict: flat, codes, cells (indexes in memory); sqlite (a file, with all that it
        takes to be on the disk); bytes of that file.
    """
    rows, _ = gallery(people + times, 10)
    specs = {"flat": "Flat", "codes": "PQ64x4fs"}
    specs["cells"] = f"IVF{LISTS.get(people, 16)},PQ64x4fs"
    found = {}
    for name, spec in specs.items():
        index = faiss.index_factory(rows.shape[1], spec, faiss.METRIC_INNER_PRODUCT)
        index.train(rows[:TRAIN] if people >= 1000 else gallery(1000, 10)[0])
        index.add(rows[:people])
        found[name] = _median([lambda i=i: index.add(rows[i : i + 1])  # noqa: B023
                               for i in range(people, people + times)])  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.sqlite"
        store = People(path)
        for start in range(0, people, 10_000):
            _store(store, rows, range(start, min(start + 10_000, people)))
        found["sqlite"] = _median([lambda i=i: _store(store, rows, [i])
                                   for i in range(people, people + times)])  # fmt: skip
        store.close()
        size = path.stat().st_size
    return rounded(found) | {"bytes": size}


def _store(store, rows, numbers):
    new = [(f"P{i}", "2026", i.to_bytes(16), "2026", rows[i].tobytes(), None)
           for i in numbers]  # fmt: skip
    with store.writing() as db:
        store.insert(db, new, "made")


def _median(calls):
    faiss.omp_set_num_threads(1)  # one row is no work for two
    seconds = []
    for call in calls:
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    faiss.omp_set_num_threads(2)
    return 1000 * np.median(seconds)


# ---- on real people ------------------------------------------------------------------


def int8(rows):
    """Templates in a fourth of the bytes: int8 (person, feature), and their scale."""
    scale = np.abs(rows).max() / 127
    return np.round(rows / scale).astype(np.int8), scale


def digits():
    """What fewer digits change: all pairs of people whom the network never saw.

    Returns:
        dict kind -> {bytes of a template; moved, the largest change of a similarity;
        changed, verdicts at 1 and 0.01 % of strangers' pairs; pairs; nearest, share of
        the people whose nearest stranger stays the same}.
    """
    rows, _ = growth.unseen()
    small, scale = int8(rows)
    kinds = {"float16": rows.astype(np.float16).astype("f4"), "int8": small * scale}
    there, exact = np.triu_indices(len(rows), 1), rows @ rows.T
    limits, found = [Verifier.load().threshold(far) for far in (0.01, 0.0001)], {}
    for name, stored in kinds.items():
        scores = rows @ np.float32(stored).T  # the probe has all its digits
        pairs = scores[there], exact[there]
        changed = [int(((pairs[0] >= t) != (pairs[1] >= t)).sum()) for t in limits]
        best = [(s - 3 * np.eye(len(s))).argmax(axis=1) for s in (scores, exact)]
        found[name] = {
            "bytes": rows.shape[1] * (2 if name == "float16" else 1),
            "changed": changed,
            "pairs": len(pairs[0]),
        } | rounded(
            {
                "moved": np.abs(pairs[0] - pairs[1]).max(),
                "nearest": (best[0] == best[1]).mean(),
            }
        )
    return found


def second():
    """What a second stage gives back: the joined verifier looks at the first ones.

    Everybody whom no network saw is enrolled with one photo; probes are the owners'
    second photos, and each person as a stranger to all others.

    Returns:
        dict candidates -> {first, share of owners whose own template is the best;
        threshold, that 1 % of strangers reach; named, share of owners who get their
        own name at it}; "1" is the first stage alone, "all" the joined one alone.
    """
    (rows, owners), (better, theirs) = (growth.unseen(n) for n in ("faces", "joined"))
    place = {row.tobytes(): i for i, row in enumerate(rows)}
    mine = np.array([place[row.tobytes()] for row in owners[:, 0]])
    probes = np.concatenate([owners[:, 1], rows])  # owners, then strangers
    others = np.concatenate([theirs[:, 1], better])
    scores, seconds = probes @ rows.T, others @ better.T
    strange = np.arange(len(rows))
    for table in (scores, seconds):
        table[len(owners) + strange, strange] = -1
        table[table > growth.ONE_PHOTO] = -1
    found = {"1": _outcome(scores, mine)}
    for many in (5, 10, 20, 50, 100):
        cut = -np.partition(-scores, many - 1, axis=1)[:, many - 1 : many]
        found[str(many)] = _outcome(np.where(scores >= cut, seconds, -1), mine)
    return found | {"all": _outcome(seconds, mine), "people": len(rows)}


def _outcome(scores, mine):
    best, who = scores.max(axis=1), scores.argmax(axis=1)[: len(mine)]
    limit = np.quantile(best[len(mine) :], 1 - growth.FAR)
    right = who == mine
    named = right & (best[: len(mine)] >= limit)
    return rounded({"first": right.mean(), "threshold": limit, "named": named.mean()})


STEPS = {"digits": digits, "second": second}
STEPS |= {f"search|{n}": lambda n=n: searched(n) for n in reversed(SIZES)}
STEPS |= {f"enrol|{n}": lambda n=n: enrolled(n) for n in ENROLLED}


def make_results(path=RESULTS):
    """Make what `results` reads; what is in the file already is kept."""
    fill_steps(path, STEPS, 600)


def results(path=RESULTS):
    """Read the file: step -> as of the function of that name, see `STEPS`."""
    return read_json(path, "python -m helpers.experiments.million")


if __name__ == "__main__":
    make_results()
