"""Verdicts on frames: who is named, who inherits nothing, and what is not computed."""

import numpy as np
import pytest

from helpers.faces import Face
from helpers.gallery import Gallery
from helpers.live import samples
from helpers.live import watcher as live
from helpers.live.borrowed import Threshold, own_threshold, visitors
from helpers.live.quality import NO_FACE, SEVERAL, TOO_DARK, Look
from helpers.live.watcher import Sighting, Watcher, spells
from helpers.measures.scores import unit
from helpers.tests.live.films import spoilt
from helpers.verifier import Verifier

ANN, BOB, EVE = np.eye(4, dtype=np.float32)[:3]  # people, as embeddings
HERE = Face(300, 200, 120)


class Room:
    """Gallery of Ann and Bob and verifier; a frame is (embedding, face, *faults)."""

    shared = None

    def __init__(self, monkeypatch, **people):
        self.people = people or {"ann": ANN, "bob": BOB}
        self.runs = 0
        monkeypatch.setattr(live, "look", self.look)

    def look(self, frame):
        embedding, face, *faults = frame
        return Look(face, None if face is None else embedding, (*faults,))

    def embed_crops(self, crops):
        self.runs += 1
        return unit(np.asarray(crops, np.float32))

    def templates(self):
        rows = np.array(list(self.people.values()), np.float32).reshape(-1, 4)
        return tuple(self.people), rows

    def false_accept_rate(self, threshold):
        return 0.1

    def watch(self, *frames, threshold=0.6, **how):
        watcher = Watcher(self, self, threshold, **how)
        return [watcher.see(frame) for frame in frames]


@pytest.fixture
def room(monkeypatch):
    return Room(monkeypatch)


def near(person, seed, noise=0.3):
    """A photo of somebody, as an embedding."""
    return unit(person + noise * np.random.default_rng(seed).normal(size=4))


def test_a_member_gets_a_name_and_a_stranger_none(room):
    ann, eve = room.watch((ANN, HERE)), room.watch((EVE, HERE))
    assert (ann[0].name, ann[0].nearest, ann[0].similarity) == ("ann", "ann", 1.0)
    assert eve[0].name is None and eve[0].nearest in ("ann", "bob")
    assert eve[0].similarity < eve[0].threshold == 0.6


def test_the_last_frames_are_compared_together(room):
    photos = [near(ANN, seed) for seed in range(9)]
    seen = room.watch(*[(photo, HERE) for photo in photos], frames=4)
    for n in range(9):
        mean = unit(np.mean(photos[max(0, n - 3) : n + 1], axis=0))
        assert seen[n].similarity == pytest.approx(mean @ ANN, abs=1e-5)
        assert seen[n].alone == pytest.approx(photos[n] @ ANN, abs=1e-5)
    alone, together = ([s[n] for s in seen[4:]] for n in (3, 2))
    assert np.std(together) < np.std(alone)


def test_who_steps_in_inherits_nothing(room):
    """In one and the same place, from one frame to the next, after many frames."""
    seen = room.watch(*[(ANN, HERE)] * 20, (EVE, HERE), (EVE, HERE), (BOB, HERE))
    assert [s.name for s in seen] == ["ann"] * 20 + [None, None, "bob"]
    assert [s.similarity for s in seen[20:]] == [s.alone for s in seen[20:]]


ELSEWHERE = HERE._replace(x=HERE.x + 0.6 * HERE.side)
LARGER = HERE._replace(side=1.6 * HERE.side)
LOST = [(None, None, NO_FACE)]


@pytest.mark.parametrize(
    ("between", "then", "kept"),
    [
        ([], HERE, True),
        ([], HERE._replace(x=HERE.x + 40, side=140), True),
        ([], ELSEWHERE, False),
        ([], LARGER, False),
        (LOST * (live.LOST - 1), HERE, True),
        ([*LOST * (live.LOST - 1), (ANN, HERE)] * 2, HERE, True),
        (LOST * live.LOST, HERE, False),
    ],
)
def test_frames_are_forgotten_with_the_face(between, then, kept, room):
    """Eva looks like Ann, so that nothing but her face's place tells them apart."""
    eva = unit(ANN + 0.9 * EVE)
    last = room.watch(*[(ANN, HERE)] * 7, *between, (eva, then))[-1]
    assert last.alone == pytest.approx(float(eva @ ANN))
    assert (last.similarity > 0.95) is kept
    assert (last.similarity == pytest.approx(last.alone)) is not kept


def test_reset_forgets(room):
    watcher = Watcher(room, room, 0.6)
    for frame in [(ANN, HERE)] * 5:
        watcher.see(frame)
    watcher.reset()
    assert watcher.see((unit(ANN + 0.9 * EVE), HERE)).similarity < 0.8


def test_without_a_face_the_tower_does_not_run(room):
    (seen,) = room.watch((None, None, NO_FACE))
    assert room.runs == 0 and seen.fault == NO_FACE
    assert seen.name is seen.nearest is seen.similarity is seen.strangers is None
    assert list(seen.milliseconds) == ["detection", "embedding", "search", "all"]
    assert seen.milliseconds["embedding"] == seen.milliseconds["search"] == 0


def test_times_add_up(room):
    spent = room.watch((ANN, HERE))[0].milliseconds
    steps = [spent[step] for step in ("detection", "embedding", "search")]
    assert all(step > 0 for step in steps) and sum(steps) == pytest.approx(spent["all"])


def test_a_bad_frame_is_said_where_nobody_is_named(room):
    named, nobody = room.watch((ANN, HERE, TOO_DARK), (EVE, HERE, TOO_DARK))
    assert (named.name, named.fault) == ("ann", "")
    assert (nobody.name, nobody.fault) == (None, TOO_DARK)


def test_an_empty_gallery_names_nobody_and_says_so(room):
    room.people.clear()
    (seen,) = room.watch((ANN, HERE))
    assert seen.name is None and seen.fault == "Nobody is enrolled yet."
    assert seen.face == HERE


def test_a_change_of_the_gallery_counts_at_once(room):
    watcher = Watcher(room, room, 0.6)
    assert watcher.see((EVE, HERE)).name is None
    room.people["eve"] = EVE
    assert watcher.see((EVE, HERE)).name == "eve"
    del room.people["eve"]
    assert watcher.see((EVE, HERE)).name is None


def test_how_many_strangers_would_be_as_similar(room):
    assert room.watch((ANN, HERE))[0].strangers == pytest.approx(1 - 0.9**2)
    own = Threshold(0.6, 0.01, 0.02, 0.0, 0.1, np.array([0.1, 0.5, 0.7, 0.9]))
    sure, unsure = room.watch((ANN, HERE), (unit(ANN + EVE), ELSEWHERE), threshold=own)
    assert (sure.strangers, unsure.strangers) == (0.0, 0.25)
    assert sure.threshold == 0.6


# ---- the figure ----------------------------------------------------------------------


def sighting(name, face=HERE):
    score = None if face is None else 0.8 if name else 0.2
    return Sighting(name, "ann", score, score, 0.6, 0.1, face, "", {})


def test_spells_are_frames_in_a_row_with_one_verdict():
    names = ["ann", "ann", None, None, "bob"]
    seen = [sighting(name) for name in names]
    assert spells(seen) == [(0, 2, "ann"), (2, 4, None), (4, 5, "bob")]
    gap = [*seen[:2], sighting(None, None), *seen[2:3]]
    assert spells(gap) == [(0, 2, "ann"), (3, 4, None)]
    assert spells([]) == []


def test_the_figure_has_gaps_and_names():
    seen = [sighting("ann")] * 5 + [sighting(None, None)] * 5 + [sighting(None)] * 5
    fig = live.draw(seen, rate=5, title="Ann")
    ax, strip = fig.axes
    drawn = ax.lines[1].get_ydata()
    assert np.isnan(drawn[5:10]).all() and drawn[[0, -1]] == pytest.approx([0.2, 0.8])
    assert [text.get_text() for text in strip.texts] == ["ann", "nobody"]
    assert strip.get_xlabel() == "seconds" and ax.lines[1].get_xdata()[-1] == 2.8


# ---- all of it, on the sample video --------------------------------------------------


@pytest.fixture(scope="module")
def door():
    """A watcher who knows three people of the sample video, by other photos."""
    verifier = Verifier.load()
    gallery = Gallery(":memory:", verifier)
    shown = visitors(samples.room(), samples.PEOPLE, range(5), seed=3)
    for person in samples.PEOPLE:
        gallery.add_crops(shown.names[person], shown.images[shown.of(person)])
    borrowed = visitors(samples.room(), range(0, 30, 2), (0,))
    strangers = verifier.embed_crops(borrowed.images)
    own = own_threshold(gallery.templates()[1], strangers, borrowed.people)
    return Watcher(verifier, gallery, own)


@pytest.mark.parametrize("pause", [0, 1])
def test_the_sample_video_names_who_is_enrolled_and_nobody_else(pause, door):
    """With no pause the next person stands where the last one stood, a frame later."""
    how = {"people": (31, 34, 32, 35, 33), "seconds": 1, "shots": range(5, 10)}
    wrong, right, of = 0, 0, 0
    door.reset()
    scenes = samples.script(**how, pause=pause)
    for frame, scene in zip(samples.frames(**how, pause=pause), scenes):
        name = door.see(frame).name
        true = f"s{scene.person + 1}" if scene.person in samples.PEOPLE else None
        wrong += name is not None and name != true
        right, of = right + (name == true is not None), of + (true is not None)
    assert wrong == 0 and of == 30 and right > 20


def test_a_dark_frame_and_two_people_get_no_name(door):
    how = {"people": (31, 33), "seconds": 0.5, "shots": range(5, 10)}
    bad = spoilt((31, 33), shot=5)
    door.reset()
    for frame, scene in zip(samples.frames(**how), samples.script(**how)):
        if scene.person is not None:
            assert door.see(frame).name in (None, f"s{scene.person + 1}")
    for fault, sentence in (("dark", TOO_DARK), ("two people", SEVERAL)):
        for _ in range(5):
            seen = door.see(bad[fault])
            assert seen.name is None and seen.fault == sentence
