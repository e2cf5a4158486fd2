"""Verdicts on frames: who is named, who inherits nothing, and what is not computed."""

import numpy as np
import pytest

from helpers import live, samples
from helpers.faces import Face
from helpers.live import Sighting, Threshold, Watcher, own_threshold, spells
from helpers.quality import NO_FACE, TOO_DARK, Look
from helpers.scores import unit

ANN, BOB, EVE = np.eye(4, dtype=np.float32)[:3]  # people, as embeddings
HERE = Face(300, 200, 120)


class Room:
    """Gallery of Ann and Bob and verifier; a frame is (embedding, face, *faults)."""

    def __init__(self, monkeypatch, **people):
        self.people = people or {"ann": ANN, "bob": BOB}
        self.runs = 0
        monkeypatch.setattr(live, "look", self.look)

    def look(self, frame):
        embedding, face, *faults = frame
        return Look(
            face, None if face is None else embedding, (*faults,), 0.2, 0.5, None
        )

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


# ---- the threshold -------------------------------------------------------------------


def crowd(people, photos=10, features=32, seed=0):
    """Embeddings (person, photo, feature) of people who are each a little different."""
    rng = np.random.default_rng(seed)
    who = rng.normal(size=(people, 1, features))
    return unit(who + 0.5 * rng.normal(size=(people, photos, features)))


def set_on(faces, templates, far):
    """A threshold from faces (person, photo, feature)."""
    people = np.repeat(np.arange(len(faces)), faces.shape[1])
    return own_threshold(templates, faces.reshape(-1, faces.shape[2]), people, far)


@pytest.mark.parametrize("far", [0.3, 0.05, 0.01])
def test_no_more_borrowed_strangers_get_a_name_than_wanted(far):
    faces, templates = crowd(30), unit(crowd(5, seed=1).mean(axis=1))
    own = set_on(faces, templates, far)
    best = (faces @ templates.T).max(axis=2)  # (person, photo): the nearest counts
    assert np.mean(best >= own.value) <= far < np.mean(best >= own.value - 0.1)
    assert own.strangers(own.value) == np.mean(best >= own.value)
    assert own.strangers(-1) == 1 and own.far == far


def test_equal_scores_are_refused_together():
    """Two in five may get a name; the second and the third are equally similar."""
    own = own_threshold(np.eye(2), np.eye(2)[[0, 0, 0, 0, 0]], range(5), far=0.4)
    assert own.strangers(own.value) == 0 and own.value < 1.001


def test_a_larger_gallery_has_a_higher_threshold():
    faces, templates = crowd(30), unit(crowd(50, seed=1).mean(axis=1))
    values = [set_on(faces, templates[:size], 0.05).value for size in (1, 5, 50)]
    assert values == sorted(values) and values[0] + 0.1 < values[2]


def test_what_is_expected_of_others_holds_for_others():
    """On fifty other crowds the share is about as said, and most often in the range."""
    templates, inside, shares, expected = (
        unit(crowd(5, seed=1).mean(axis=1)),
        [],
        [],
        [],
    )
    for seed in range(50):
        faces = crowd(40, seed=seed + 2)
        own = set_on(faces[:20], templates, 0.05)
        best = (faces[20:] @ templates.T).max(axis=2)
        shares.append(np.mean(best >= own.value))
        expected.append(own.expected)
        inside.append(own.low <= shares[-1] <= own.high)
    assert np.mean(shares) == pytest.approx(np.mean(expected), abs=0.03)
    assert np.mean(inside) > 0.85


@pytest.mark.parametrize(("enrolled", "borrowed"), [(0, 5), (1, 1), (1, 0)])
def test_nobody_enrolled_or_borrowed_is_said(enrolled, borrowed):
    words = f"{enrolled} people are enrolled and {borrowed} strangers are borrowed"
    with pytest.raises(ValueError, match=words):
        own_threshold(np.eye(4)[:enrolled], np.eye(4)[:borrowed], range(borrowed))


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


def test_the_sample_video_names_who_is_enrolled_and_nobody_else():
    from helpers.verifier import Verifier

    class Enrolled:
        names, rows = (), None

        def templates(self):
            return self.names, self.rows

    verifier, gallery = Verifier.load(), Enrolled()
    shown = samples.visitors(samples.room(), samples.PEOPLE, range(5), seed=3)
    embeddings = verifier.embed_crops(shown.images)
    rows = [embeddings[shown.people == person].mean(0) for person in samples.PEOPLE]
    gallery.names, gallery.rows = ("s32", "s33", "s34"), unit(np.stack(rows))
    borrowed = samples.visitors(samples.room(), range(0, 30, 2), (0,))
    strangers = verifier.embed_crops(borrowed.images)
    own = own_threshold(gallery.rows, strangers, borrowed.people)
    people, shots = (31, 34, 32, 35, 33), range(5, 10)
    watcher, wrong, right, of = Watcher(verifier, gallery, own), 0, 0, 0
    scenes = samples.script(people, 1, shots)
    for frame, scene in zip(samples.frames(people, 1, shots=shots), scenes):
        name = watcher.see(frame).name
        true = f"s{scene.person + 1}" if scene.person in samples.PEOPLE else None
        wrong += name is not None and name != true
        right, of = right + (name == true is not None), of + (true is not None)
    assert wrong == 0 and of == 30 and right > 20
