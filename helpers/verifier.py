"""The finished verifier: from two photos to a verdict, with the reason for it.

    verifier = Verifier.load()
    verifier.verify("ann.jpg", "who.png")

It finds and levels the face, embeds it with a trained tower, and compares the cosine of
two embeddings with a threshold that was measured on people held out of the training.
`Verifier.load("omniglot")` is the same for drawings, and one of `train folder` for your
own pictures: these look for no face, and a person is then a character or a class.
"""

import json
from functools import cached_property
from typing import NamedTuple

import numpy as np

from helpers import faces
from helpers.datasets import PhotoError
from helpers.disk.cards import AGAIN, locate
from helpers.measures.rates import Rates
from helpers.measures.scores import similarity, unit
from helpers.sources import pictures
from helpers.sources.photos import as_list
from helpers.sources.reading import opened

FAR = 0.01  # the false accept rate that is promised where none is asked for


class Verdict(NamedTuple):
    """What the verifier says of two photos.

    Attributes:
        same: whether the similarity reaches the threshold.
        similarity: cosine of the two embeddings, -1..1.
        threshold: the least similarity that is accepted.
        false_accept_rate: share of strangers' pairs that this threshold accepts,
            measured on people held out of the training.
        false_reject_rate: share of one person's pairs that it rejects, measured there.
        strangers_alike: share of strangers' pairs that are at least this similar.
        doubts: sentences on what makes it doubtful.
    """

    same: bool
    similarity: float
    threshold: float
    false_accept_rate: float
    false_reject_rate: float
    strangers_alike: float
    doubts: tuple[str, ...] = ()

    @property
    def distance(self):
        """1 - similarity, 0..2: small for one person."""
        return 1 - self.similarity


class Verifier:
    """A trained tower with its threshold.

    Args:
        tower: model (photo, row, column, channel) -> (photo, feature).
        card: where the tower comes from and what was measured; see `load`.
        doubter: model photo -> (photo, 1), above 0 where rates do not hold, or None.
    """

    def __init__(self, tower, card, doubter=None):
        self.tower, self.card, self.doubter = tower, card, doubter

    @classmethod
    def load(cls, name="faces"):
        """Load a verifier that the course ships, or one of your own.

        Args:
            name: "faces", the siamese network; "joined", that network beside another
                method (notebook 11); "omniglot"; or the path of a `.keras` file with
                its card, a `.json` file of the same name, beside it.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is damaged, or of another version.

        >>> Verifier.load().card["name"]
        'faces'
        """
        path, card = locate(name)
        from helpers import embedding  # brings TensorFlow, so not before all is well

        tower, doubter = embedding.apart(embedding.load(path))
        if "beside" in card:
            network = cls.load(path.with_name(f"{card['beside']}.keras"))
            if network.version != card["version"]:
                raise ValueError(f"{path} was made beside another network: {AGAIN}.")
            tower, doubter = embedding.beside(network.tower, tower), network.doubter
        if not isinstance(tower.input_shape, tuple) or len(tower.output_shape) != 2:
            raise ValueError(
                f"{path} holds no tower, one photo in and one embedding out: {AGAIN}."
            )
        shape = card.get("pictures", {}).get("shape")
        if shape and tower.input_shape[1:] != tuple(shape):
            raise ValueError(f"{path} takes no pictures of {shape}: {AGAIN}.")
        if len(card.get("shared") or ()) not in (0, tower.output_shape[-1]):
            raise ValueError(f"{path} and its card do not fit together: {AGAIN}.")
        return cls(tower, card, doubter)

    @cached_property
    def _run(self):
        from helpers import embedding

        return embedding.compiled(self.tower)

    @cached_property
    def _doubt(self):
        from helpers import embedding

        return embedding.compiled(self.doubter)

    @cached_property
    def version(self):
        """A short name for this tower and how faces are cut for it, 16 hex digits."""
        weights = self.tower.get_weights()
        shapes = str([value.shape for value in weights])
        if "pictures" in self.card:
            shapes += json.dumps(self.card["pictures"], sort_keys=True)
        return faces.fingerprint(shapes, *(value.tobytes() for value in weights))

    @cached_property
    def shared(self):
        """What all embeddings have in common, for `lengthen`: (feature,), or None."""
        shared = self.card.get("shared")
        return None if shared is None else unit(np.float32(shared))

    def embed_crops(self, crops, batch=128):
        """Embed faces that `faces.crop` has cut out, or pictures of that size.

        The embedding is the mean of the face and its mirror image, of length 1; of a
        picture, of the looks at it that the card asks for.

        Args:
            crops: uint8 (photo, row, column, channel), of the tower's size.
            batch: photos at one time.

        Returns:
            float32 (photo, feature).
        """
        crops = np.asarray(crops)
        size = self.tower.input_shape[1:]
        if crops.ndim != 4 or crops.shape[1:] != size or crops.dtype != np.uint8:
            wanted = ", ".join(map(str, size))
            raise PhotoError(
                f"the tower takes crops uint8 (photo, {wanted}), not {crops.dtype} "
                f"{crops.shape}. Make them with faces.crop, or use embed."
            )
        rows = [np.zeros((0, self.tower.output_shape[-1]), np.float32)]
        for start in range(0, len(crops), batch):
            photos = crops[start : start + batch].astype(np.float32) / 255
            looks = self.looks(photos)
            embedded = self._run(np.concatenate(looks)).numpy()
            rows.append(embedded.reshape(len(looks), len(photos), -1).sum(axis=0))
        return unit(np.concatenate(rows)).astype(np.float32)

    def looks(self, photos):
        """Versions of the photos whose embeddings are averaged, each like `photos`."""
        wanted = self.card.get("pictures", {"views": 1, "mirror": True})
        looks = pictures.views(photos, wanted["views"])
        return looks + [look[:, :, ::-1] for look in looks if wanted["mirror"]]

    def embed(self, photos, lenient=False):
        """Find, level and embed the face of each photo; pictures are embedded whole.

        Args:
            photos: one photo or a list: uint8 array of any size, grey, RGB or RGBA, a
                path, a Pillow image, or `Photos`.
            lenient: where no single face is found, take the photo's middle.

        Returns:
            float32 (photo, feature), each of length 1.

        Raises:
            PhotoError, faces.FaceError: it is no photo, or shows no single face.
        """
        photos = as_list(photos)
        if not photos:
            raise PhotoError("there is no photo to embed. Give at least one.")
        return self.embed_crops(crops_of(photos, lenient, self.card))

    def similarity(self, a, b):
        """Cosine similarity of two photos, -1..1.

        Args:
            a, b: a photo, its `Closeup`, or an embedding float (feature,), each.
        """
        return self._compared(a, b)[0]

    def verify(self, a, b, far=FAR):
        """Decide whether two photos show one person.

        Args:
            a, b: as for `similarity`.
            far: wanted false accept rate, as for `threshold`.

        Returns:
            A `Verdict`.
        """
        score, doubts = self._compared(a, b)
        limit = self.threshold(far)
        accepted, alike = map(self.false_accept_rate, (limit, score))
        refused, same = self.false_reject_rate(limit), bool(score >= limit)
        return Verdict(same, score, limit, accepted, refused, alike, doubts)

    def threshold(self, far=FAR):
        """The least similarity that is accepted, for a wanted false accept rate.

        It holds for photos like those of the held-out people: news photos. Those of one
        room are more alike; notebook 09 sets a threshold on one's own.

        Args:
            far: 0.0001..1; None where a pair is as likely same as different, for tests
                with as many of either.
        """
        if far is None:
            return float(self.card["threshold"])
        return self.rates.threshold(far)

    def false_accept_rate(self, threshold):
        """Share of strangers' pairs that are at least as similar as `threshold`."""
        return self.rates.false_accepts(threshold)

    def false_reject_rate(self, threshold):
        """Share of pairs of one person that are less similar than `threshold`."""
        return self.rates.false_rejects(threshold)

    @cached_property
    def rates(self):
        """What the card says of thresholds."""
        return Rates(self.card)

    def doubts(self, *closeups):
        """Sentences on what makes a verdict on `faces.Closeup`s doubtful, a tuple."""
        told = [each.doubts for each in closeups]
        if self.doubter and closeups:
            photos = np.stack([each.image for each in closeups]) / np.float32(255)
            for n in np.flatnonzero(self._doubt(photos)[:, 0] > 0):
                told[n] += (f"{closeups[n].name} is unlike the photos measured.",)
        return sum(told, ())

    def _compared(self, a, b):
        """The similarity of two photos, and what makes it doubtful."""
        given = self._given(a, "a"), self._given(b, "b")
        cut = [each for each in given if isinstance(each, faces.Closeup)]
        rows = iter(self.embed_crops([each.image for each in cut]) if cut else ())
        a, b = (next(rows) if isinstance(one, faces.Closeup) else one for one in given)
        return float(similarity(a[None], b[None])[0]), self.doubts(*cut)

    def _given(self, photo, name):
        """The `Closeup` of one photo; an embedding as it is."""
        if isinstance(photo, np.ndarray) and photo.ndim == 1:
            if len(photo) != (features := self.tower.output_shape[-1]):
                raise ValueError(
                    f"An embedding of this verifier has {features} features, not "
                    f"{len(photo)}: embed the photo again with it."
                )
            return photo
        photos = [photo] if isinstance(photo, faces.Closeup) else as_list(photo)
        if len(photos) != 1:
            raise PhotoError("one photo is compared with one. Use embed for several.")
        return closeup_of(photos[0], name, card=self.card)


def crops_of(photos, lenient=False, card=None):
    """What `Verifier.embed_crops` takes of each photo: a list of uint8 arrays."""
    return [each.image for each in closeups_of(photos, lenient, card)]


def closeups_of(photos, lenient=False, card=None):
    """The `faces.Closeup` of each photo, made by all cores, as a list.

    Args: as for `Verifier.embed`; card: of a verifier of pictures, None for faces.
    """
    photos = as_list(photos)
    numbered = list(zip(photos, range(len(photos)) if len(photos) > 1 else [None]))
    return faces.in_threads(lambda one: closeup_of(*one, lenient, card), numbered)


def closeup_of(photo, number=None, lenient=False, card=None):
    """Find, level and cut out the face of one photo; a picture is taken whole.

    Args:
        number: of the photo, for the sentences about it, or None.
        photo, lenient, card: as for `closeups_of`.
    """
    if isinstance(photo, faces.Closeup):
        return photo
    photo, name = opened(photo, number)
    if card and "pictures" in card:
        how = pictures.how(card["pictures"])
        return faces.Closeup(pictures.fit(photo, *how))
    if lenient:
        return faces.Closeup(faces.crop_or_middle(photo))
    return faces.look(photo, name)
