"""What gives a faulty training run away: 06 and 07 make such runs."""

from helpers import evaluation, pairs
from helpers.embedding import embed


def strangers_eer(tower, photos):
    """EER of a tower on people it has not learned from, a share."""
    embeddings = embed(tower, photos.images)
    return evaluation.eer(*evaluation.pair_scores(embeddings, photos.people))


def accepted(model, photos):
    """Which shares of same and of different pairs a siamese model accepts."""
    images = pairs.to_float(photos.images)
    logits = model.predict(images, batch_size=len(images), verbose=0)  # (photo, photo)
    first, second, same = pairs.all_pairs(photos.people)
    accept = logits[first, second] > 0  # (pair,)
    return float(accept[same].mean()), float(accept[~same].mean())


def describe(name, run, photos):
    """One line on a run: its last loss and which pairs it accepts."""
    _, model, losses = run
    same, different = (100 * share for share in accepted(model, photos))
    text = "{:16} loss {:.3f}   accepts {:3.0f} % of same, {:3.0f} % of different pairs"
    return text.format(name, losses[-1], same, different)
