"""A hundred thousand people on a server: how long each call takes, and what is lost.

    python -m helpers.experiments.served_gallery

The server is a private one with its usual settings, on this machine. People are made:
as `growth` fitted them to LFW's, whom the network never saw.
`served_gallery.json` holds: `moved`, from a SQLite file to the server and back;
`identified`, probes of people enrolled and of strangers, beside the answers of the
SQLite gallery; `graph`, the same probes by pgvector's HNSW index, which is not used;
`forgotten`, each call alone; `crowd`, eight processes that read and write at once;
`kills`, of the server and of who writes to it. Half an hour on two cores.
"""

import json
import subprocess
import sys
import tempfile
import time
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from helpers.datasets import orl
from helpers.disk import private
from helpers.disk.files import fill_json, read_json
from helpers.disk.people import People, now
from helpers.experiments import growth
from helpers.gallery import Gallery, GalleryError
from helpers.measures import population
from helpers.measures.rates import Rates

RESULTS = Path(__file__).with_name("served_gallery.json")
PEOPLE, PROBES, CLIENTS, SECONDS, KILLS = 100_000, 1000, 8, 40, 200
NEAR = 0.6  # a similarity that few strangers reach
SETTINGS = "shared_buffers=512MB", "max_wal_size=2GB"


class Made:
    """A verifier without a tower: an embedding is drawn, by the bytes of the crop."""

    version, shared = "made", None
    rates = Rates({"strangers": [[1, 0], [1e-4, 2]], "owners": [[0, -1], [1, 2]]})

    def embed_crops(self, crops):
        seeds = [int(crop.ravel()[:8].view("<u8")[0]) for crop in crops]
        return np.array([people(1, seed)[0] for seed in seeds]).reshape(-1, 256)


@cache
def model():
    """People as of notebook 13's model."""
    return growth.made()


def people(count, seed, photos=1):
    """Embeddings of people, float32 (person * photo, feature), photo after photo."""
    rng = np.random.default_rng(seed)
    who = population.traits_of(model(), count, rng)
    return np.concatenate([population.photos(model(), who, rng) for _ in range(photos)])


@cache
def face():
    """A real face, uint8 (64, 64)."""
    return cv2.resize(orl(quiet=True).images[0], (64, 64))


def crop(seed):
    """A crop whose first bytes are a number, uint8 (64, 64, 1)."""
    image = face().copy()
    image.ravel()[:8] = np.array([seed], "<u8").view(np.uint8)
    return image[..., None]


def fill(path, rows):
    """A SQLite file of people with a photo each."""
    png, time_ = cv2.imencode(".png", crop(0))[1].tobytes(), now()
    kept = [
        (f"Member {n}", time_, n.to_bytes(16, "big"), time_, row.tobytes(), png)
        for n, row in enumerate(rows)
    ]
    store = People(path)
    with store.writing() as db:
        store.insert(db, kept, Made.version)
    store.close()


def milliseconds(call, values):
    """How long each call takes: percentiles, and what the calls returned."""
    taken, found = [], []
    for value in values:
        begin = time.perf_counter()
        found.append(call(value))
        taken.append(1e3 * (time.perf_counter() - begin))
    return summary(taken), found


def summary(taken):
    """The middle and the high end of milliseconds."""
    keys = {"ms_50": 50, "ms_95": 95, "ms_99": 99}
    return {key: round(float(np.percentile(taken, at)), 2) for key, at in keys.items()}


def moved(own, path):
    """Seconds from the file to the server and back, and whether the bytes are equal."""
    found, copy = {"people": PEOPLE, "MB": path.stat().st_size // 10**6}, path.parent
    with Gallery(own.url, Made(), wait=60) as gallery:
        begin = time.perf_counter()
        gallery.merge(path)
        middle = time.perf_counter()
        gallery.export(copy / "back.sqlite")
        end = time.perf_counter()
    same = (copy / "back.sqlite").read_bytes() == path.read_bytes()
    times = {"to the server": middle - begin, "and back": end - middle}
    return found | {k: round(t, 1) for k, t in times.items()} | {"bytes equal": same}


def identified(own, path, probes):
    """The first answer, which the server finds, the others, and those of the file."""
    found, answers = {"probes": len(probes)}, {}
    with Gallery(own.url, Made()) as gallery, Gallery(path, Made()) as file:

        def afresh(probe):
            gallery._asks = True  # as in a process that has just begun
            return gallery.identify(probe, NEAR)

        found["the first"], first = milliseconds(afresh, probes[:50])
        found["the second, for which all are fetched"] = milliseconds(
            lambda probe: gallery.identify(probe, NEAR), probes[:1]
        )[0]["ms_50"]
        for name, where in ("server", gallery), ("file", file):
            where.identify(probes[0], NEAR)
            found[name], answers[name] = milliseconds(
                lambda probe: where.identify(probe, NEAR),  # noqa: B023
                probes,
            )
        names, templates = file.templates()
    nearest = [names[n] for n in (probes @ templates.T).argmax(1)]
    here, there = answers["server"], answers["file"]
    return found | {
        "named": sum(one.name is not None for one in here),
        "as the file says": sum(a[:2] == b[:2] for a, b in zip(here, there)),
        "as all similarities say": sum(
            one.nearest == name for one, name in zip(here, nearest)
        ),
        "of the first 50, as later": sum(a[:2] == b[:2] for a, b in zip(first, here)),
        "similarities apart by at most": max(
            abs(a.similarity - b.similarity) for a, b in zip(here, there)
        ),
    }


def graph(own, probes, names):
    """pgvector's HNSW index on all templates: share of the nearest found, and time."""
    import psycopg
    from pgvector import HalfVector
    from pgvector.psycopg import register_vector

    found = {}
    with psycopg.connect(own.url, autocommit=True) as db:
        register_vector(db)
        db.execute("SET maintenance_work_mem = '1GB'")
        db.execute(
            "CREATE TABLE near AS"
            " SELECT name, template::halfvec(256) FROM gallery.person"
        )
        begin = time.perf_counter()
        db.execute("CREATE INDEX ON near USING hnsw (template halfvec_ip_ops)")
        found["seconds to build"] = round(time.perf_counter() - begin, 1)
        question = "SELECT name FROM near ORDER BY template <#> %s::halfvec LIMIT 10"
        for width in (40, 100, 200, 400):
            db.execute(f"SET hnsw.ef_search = {width}")
            times, answers = milliseconds(
                lambda one: db.execute(question, [HalfVector(one)]).fetchall(), probes
            )
            hits = np.mean([(n,) in rows for n, rows in zip(names, answers)])
            found[f"ef_search {width}"] = times | {"recall": round(float(hits), 4)}
        db.execute("DROP TABLE near")
    return found


def forgotten(own):
    """Milliseconds of each call, alone; and what is left in the server's files."""
    with Gallery(own.url, Made(), wait=60) as gallery:
        numbers = range(10**6, 10**6 + 20)
        calls = {
            "enrol": lambda n: gallery.add_crops(f"Marguerite {n}", [crop(n)]),
            "rename": lambda n: gallery.rename(f"Marguerite {n}", f"Zacharias {n}"),
            "forget": lambda n: gallery.forget(f"Zacharias {n}"),
        }
        found = {name: milliseconds(call, numbers)[0] for name, call in calls.items()}
        dead = gallery._store.read(
            "SELECT sum(pg_relation_size(oid))::bigint FROM pg_class JOIN part ON"
            " relname = 'person_' || (slot # 1) OR relname = 'photo_' || (slot # 1)"
        )
    embeddings = Made().embed_crops([crop(n) for n in numbers[-5:]])
    secrets = [b"Marguerite 1", b"Zacharias 1", b"zacharias 1"]
    secrets += [row.tobytes()[n : n + 16] for row in embeddings for n in (0, 400, 800)]
    files = [file for file in own.folder.rglob("*") if file.is_file()]
    contents = [file.read_bytes() for file in files]
    return found | {
        "bytes in tables that count as empty": int(dead[0][0]),
        "files searched": len(files),
        "MB searched": sum(map(len, contents)) // 10**6,
        "found of the forgotten": sum(
            secret in content for content in contents for secret in secrets
        ),
    }


def client(url, number, seconds, results):
    """One of many: identifies, enrols, renames, forgets; says what it was told."""
    rng, mine, taken, faults = np.random.default_rng(number), {}, {}, []
    with Gallery(url, Made(), wait=60) as gallery:
        probes = people(200, 10**7 + number)
        for probe in probes[:2]:
            gallery.identify(probe, NEAR)
        end, turn = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            turn += 1
            kind = rng.choice(
                ["identify", "enrol", "rename", "forget"], p=[0.6, 0.3, 0.06, 0.04]
            )
            name = next(iter(mine), None)
            if kind in ("rename", "forget") and name is None:
                continue
            fresh, seed = f"Client {number} {turn}", 10**8 * (number + 1) + turn
            calls = {
                "identify": lambda: gallery.identify(probes[turn % 200], NEAR),  # noqa: B023
                "enrol": lambda: gallery.add_crops(fresh, [crop(seed)]),  # noqa: B023
                "rename": lambda: gallery.rename(name, fresh),  # noqa: B023
                "forget": lambda: gallery.forget(name),  # noqa: B023
            }
            begin = time.perf_counter()
            try:
                calls[kind]()
            except GalleryError as error:
                faults.append(str(error))
                continue
            taken.setdefault(kind, []).append(1e3 * (time.perf_counter() - begin))
            if kind == "enrol":
                mine[fresh] = 1
            elif kind == "rename":
                mine[fresh] = mine.pop(name)
            elif kind == "forget":
                del mine[name]
    results.put((mine, taken, faults))


def crowd(own):
    """Eight processes at once: calls a second, how long each takes, what is lost."""
    model(), face()  # the processes have them from here
    how = get_context("fork")
    results = how.Queue()
    processes = [
        how.Process(target=client, args=(own.url, n, SECONDS, results))
        for n in range(CLIENTS)
    ]
    for process in processes:
        process.start()
    told = [results.get() for _ in processes]
    for process in processes:
        process.join()
    with Gallery(own.url, Made()) as gallery:
        there = {one.name for one in gallery.people() if one.name.startswith("Client")}
    wanted = {name for mine, _, _ in told for name in mine}
    found = {"processes": CLIENTS, "seconds": SECONDS}
    for kind in ("identify", "enrol", "rename", "forget"):
        taken = [ms for _, times, _ in told for ms in times.get(kind, ())]
        found[kind] = {"calls": len(taken)} | summary(taken)
    return found | {
        "refused": sum(len(faults) for _, _, faults in told),
        "confirmed, and lost": len(wanted - there),
        "forgotten, and found": len(there - wanted),
    }


def kills():
    """What `helpers.tests.kill_served` counts, on two servers beside each other."""
    command = [sys.executable, "-m", "helpers.tests.kill_served", "--kills"]
    command += [str(KILLS // 2), "--seed"]
    both = [
        subprocess.Popen([*command, seed], stdout=subprocess.PIPE, text=True)
        for seed in "12"
    ]
    told = [json.loads(one.communicate()[0].splitlines()[-1]) for one in both]
    return {key: sum(one[key] for one in told) for key in told[0]}


def results(path=RESULTS):
    """Read what `main` wrote."""
    return read_json(path, "python -m helpers.experiments.served_gallery")


def main():
    """Measure what the file lacks."""
    both = people(PEOPLE, 0, photos=2)  # of each person one is enrolled
    probes = np.concatenate([both[PEOPLE:][: PROBES // 2], people(PROBES // 2, 1)])
    with (
        tempfile.TemporaryDirectory() as folder,
        private.server(*SETTINGS) as own,
    ):
        path = Path(folder) / "people.sqlite"
        fill(path.with_name("made"), both[:PEOPLE])
        with Gallery(path.with_name("made"), Made()) as gallery:
            gallery.export(path)
        nearest = (probes @ both[:PEOPLE].T).argmax(1)
        calls = {
            "moved": lambda: moved(own, path),
            "identified": lambda: identified(own, path, probes),
            "graph": lambda: graph(own, probes, [f"Member {n}" for n in nearest]),
            "forgotten": lambda: forgotten(own),
            "crowd": lambda: crowd(own),
            "kills": kills,
        }
        if "moved" in (json.loads(RESULTS.read_text()) if RESULTS.exists() else {}):
            with Gallery(own.url, Made(), wait=60) as gallery:
                gallery.merge(path)
        fill_json(RESULTS, calls, lambda key: calls[key]())
    for key, found in results().items():
        print(f"{key}: {found}")


if __name__ == "__main__":
    main()
