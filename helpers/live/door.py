"""The door: verify whoever stands before the camera of the browser.

door = Door(Watcher(verifier, gallery, threshold))
live(door.widget, "With a live kernel: who stands before your camera.")
"""

from collections import deque

from helpers.capture import View, decoded

REMEMBERED = 1000  # sightings


class Door(View):
    """Verify whoever stands before the camera: a name, or nobody.

    Args:
        watcher: a `watcher.Watcher` with the people who are enrolled.
    """

    def __init__(self, watcher):
        super().__init__("door")
        self.watcher = watcher
        self.sightings = deque(maxlen=REMEMBERED)

    def _on_started(self, message):
        self.watcher.reset()

    def _on_frame(self, message, jpeg):
        image = decoded(jpeg)
        seen = self.watcher.see(image)
        self.sightings.append(seen)
        spent = [f"{name} {ms:.1f}" for name, ms in seen.milliseconds.items()]
        spent = f"Of them in the kernel: {', '.join(spent)}."
        self._seen(
            message, seen.face, image.shape[:2],
            name=seen.name,
            fault=seen.fault,
            words=_in_words(seen),
            similarity=seen.similarity,
            threshold=seen.threshold,
            milliseconds=spent,
        )  # fmt: skip


def _in_words(seen):
    """How sure a verdict is, for a reader who knows no similarity."""
    if seen.fault:
        return ""
    distance = f"distance {1 - seen.similarity:.2f} to {seen.nearest}"
    if seen.name is None:
        return f"No one who is enrolled: {distance}."
    distance = distance[0].upper() + distance[1:]
    if seen.strangers == 0:
        return f"{distance}; of the strangers measured none looks as alike."
    if seen.strangers > 0.5:
        return f"{distance}; most strangers look as alike."
    return f"{distance}; of strangers 1 in {1 / seen.strangers:,.0f} looks as alike."
