"""Everyone is recognised as someone."""


def identify(probe, gallery, threshold):
    names = list(gallery)
    scores = [probe @ gallery[name] for name in names]
    return names[int(np.argmax(scores))]


answer = identify
