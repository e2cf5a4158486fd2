"""Nothing is more like a photo than the photo itself, one thinks."""


def impostor(photo, weights):
    return photo
