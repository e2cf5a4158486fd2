"""One scale for all columns."""


def quantise(weights):
    scale = np.abs(weights).max() / 127
    return np.round(weights / scale).astype(np.int8), np.array(scale)


answer = quantise
