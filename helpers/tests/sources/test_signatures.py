"""Made signatures: alike in shape, different in the stroke."""

import numpy as np

from helpers.sources import signatures


def lines_of(n, day=0):
    return signatures.written([0, n], np.random.default_rng(day))


def copy_of(lines, kind, seed=1):
    own, rng = np.random.default_rng([seed, 1]), np.random.default_rng(seed)
    habit = signatures.habits(own, (kind,))
    return habit, [
        part for one in lines for part in signatures.copied(one, habit, own, rng)
    ]


def test_a_tracer_is_nearer_to_the_original_than_the_writer_is_another_day():
    for n in range(5):
        first, second = lines_of(n), lines_of(n, day=1)
        away = np.mean(
            [abs(a.places[-1] - b.places[-1]).mean() for a, b in zip(first, second)]
        )
        habit, _ = copy_of(first, "tracer")
        assert habit.wander < 0.031 and away > 0.04


def test_a_forger_is_slower_and_evener():
    for kind in signatures.LEARNED:
        ratios = []
        for n in range(10):
            lines = lines_of(n)
            _, copied = copy_of(lines, kind, n)
            speeds = [
                np.concatenate([x.speed for x in some]) for some in (lines, copied)
            ]
            assert speeds[1].mean() < speeds[0].mean()
            ratios.append(np.std(np.log(speeds[1])) / np.std(np.log(speeds[0])))
        assert np.median(ratios) < 1.1


def test_genuine_ones_do_not_depend_on_forgeries(tmp_path):
    signatures.write(tmp_path / "with", 2, 2, forgeries=2)
    signatures.write(tmp_path / "without", 2, 2)
    with_, without = (
        {
            file.name: file.read_bytes()
            for file in (tmp_path / one / "writer 001").iterdir()
        }
        for one in ("with", "without")
    )
    assert with_ == without
    assert (tmp_path / "with" / "writer 001_forg").is_dir()
    assert not (tmp_path / "without" / "writer 001_forg").exists()


def test_the_same_seed_makes_the_same_set(tmp_path):
    for name in "ab":
        signatures.write(tmp_path / name, 1, 1, 1, seed=3, kinds=("mimic",), start=7)
    a, b = (sorted((tmp_path / name).rglob("*.png")) for name in "ab")
    assert [x.read_bytes() for x in a] == [x.read_bytes() for x in b]
    assert [x.parent.name for x in a] == ["writer 007", "writer 007_forg"]
