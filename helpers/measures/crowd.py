"""Many templates in memory: people come, change and go, and the nearest is found.

It is the one that a comparison with all would find, in a fourth of the time. The
directions in which templates differ most come first: 64 of 256 features hold 89 % of
what varies in faces. They alone are compared with everybody; what the others can add to
a similarity is at most the product of their lengths (Cauchy and Schwarz), so that only
who could still be the nearest is compared in full.
"""

import numpy as np

from helpers.measures.scores import lengthen

HEAD = 64  # features that are compared with everybody
FEW = 4000  # people who are compared in full: it takes less than a millisecond
ROUNDING = 1e-5  # of sums in float32


class Crowd:
    """Templates of people, each with a number and a name.

    >>> crowd = Crowd()
    >>> crowd.put([7, 8], ["Ann", "Bob"], np.eye(2, dtype=np.float32))
    >>> crowd.drop([7]); crowd.nearest(np.float32([1, 0])), crowd.names
    ((0, 0.0), ['Bob'])
    """

    def __init__(self):
        self.ids, self.names, self.places = [], [], {}
        self.rows = self.heads = self.tails = self.turn = None
        self.fitted = 0  # how many there were when the directions were found

    def __len__(self):
        return len(self.ids)

    def __contains__(self, number):
        return number in self.places

    def put(self, ids, names, templates):
        """Add people, or give those who are there a new name and template.

        Args:
            ids: ints (person,). names: str (person,).
            templates: float32 (person, feature), of length 1.
        """
        if self.rows is None:
            features = templates.shape[1]
            self.rows = np.zeros((0, features), np.float32)
            self.heads = np.zeros((0, min(HEAD, features)), np.float32)
            self.tails = np.zeros(0, np.float32)
        for number, name in zip(ids, names):
            if number not in self.places:
                self.places[number] = len(self.ids)
                self.ids.append(number)
                self.names.append(name)
            self.names[self.places[number]] = name
        self._room(len(self.ids))
        where = [self.places[number] for number in ids]
        self.rows[where] = templates
        if len(self) > max(FEW, 2 * self.fitted):
            templates, where = self.rows[: len(self)], slice(len(self))
            self.turn, self.fitted = turned(templates), len(self)
        if self.turn is not None:
            self.heads[where], self.tails[where] = self._parts(templates)

    def drop(self, ids):
        """Remove people; those who are not there are none."""
        for number in ids:
            if (place := self.places.pop(number, None)) is not None:
                last = self.ids.pop(), self.names.pop()
                if place < len(self.ids):  # the last one takes the place
                    self.ids[place], self.names[place] = last
                    self.places[last[0]] = place
                    for array in (self.rows, self.heads, self.tails):
                        array[place] = array[len(self.ids)]
                self.rows[len(self.ids)] = 0

    def nearest(self, probe, but=None):
        """Who is most alike: place and similarity; None and -1.0 where nobody is.

        Args:
            probe: float32 (feature,), of length 1.
            but: number of a person who does not count.
        """
        count, place = len(self), self.places.get(but)
        if count <= (place is not None):
            return None, -1.0  # nobody, or nobody else
        could = np.arange(count)
        if self.turn is not None:
            turned = np.einsum("i,ij->j", probe, self.turn)
            most = similarities(self.heads[:count], turned[:HEAD])
            most += self.tails[:count] * np.linalg.norm(turned[HEAD:])
            if place is not None:
                most[place] = -2
            least = self.rows[int(most.argmax())] @ probe  # somebody reaches this
            could = np.flatnonzero(most >= least - ROUNDING)
        scores = similarities(self.rows[could], probe)  # (person,)
        scores[could == place] = -2
        best = int(scores.argmax())
        return int(could[best]), float(scores[best])

    def beside(self, number):
        """The places of a person and, if there is one, of who is most alike to her."""
        here = self.places[number]
        nearest, _ = self.nearest(self.rows[here], but=number)
        return [here] if nearest is None else [here, nearest]

    def everybody(self):
        """Names and templates in the order of their numbers, not to be changed."""
        rows, ids = self.rows[: len(self)], np.array(self.ids)
        order = np.argsort(ids)
        if (ids[:-1] < ids[1:]).all():
            return tuple(self.names), read_only(rows)
        return tuple(self.names[n] for n in order), read_only(rows[order])

    def _parts(self, templates):
        """The first features of turned templates, and the length of the others."""
        turned = templates @ self.turn  # (person, feature)
        tails = np.linalg.norm(turned[:, HEAD:], axis=1)
        return turned[:, :HEAD], tails

    def _room(self, count):
        """Make the arrays long enough for so many people, and some more."""
        if count > len(self.rows):
            more = count + count // 8 - len(self.rows)
            grown = [
                np.concatenate([array, np.zeros((more, *array.shape[1:]), np.float32)])
                for array in (self.rows, self.heads, self.tails)
            ]
            self.rows, self.heads, self.tails = grown


def similarities(rows, probe):
    """Of each row with the probe, (person,), on one core.

    `rows @ probe` wakes a thread for each core and waits for the slowest: 1 ms where
    nothing else runs, 20 ms where other programs do.
    """
    return np.einsum("ij,j->i", rows, probe)


def grouped(people, embeddings, shared=None):
    """What `Crowd.put` takes, from photos.

    Args:
        people: (number, name) of who is on each photo; a person's photos together.
        embeddings: float32 (photo, feature), of length 1.
        shared: as for `lengthen`.
    """
    starts = [n for n, one in enumerate(people) if [one] != people[n - 1 : n]]
    ids, names = zip(*(people[n] for n in starts)) if starts else ((), ())
    return ids, names, means(embeddings, starts, shared)


def means(embeddings, starts, shared=None):
    """The template of the photos from each start to the next: their mean, of length 1.

    Returns:
        float32 (person, feature).
    """
    sums = np.add.reduceat(embeddings, starts) if starts else embeddings
    means = sums / np.diff([*starts, len(embeddings)])[:, None]  # (person, feature)
    return lengthen(means, shared).astype(np.float32)


def turned(templates, sample=20_000):
    """Directions in which templates are longest first, float32 (feature, feature)."""
    some = templates[:: len(templates) // sample + 1].astype(np.float64)
    return np.linalg.eigh(some.T @ some)[1][:, ::-1].astype(np.float32)


def read_only(array):
    """A view of an array that cannot be changed."""
    view = array[:]
    view.flags.writeable = False
    return view
