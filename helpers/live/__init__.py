"""A camera and a person: booth, door, consent, quality, a sample film, forgetting.

What lies in `data/mine`, and what is said of whoever stands before the camera.
May use the core and all below it; only `experiments` and `app` may use it.
"""
