faults = {
    "A": "rate",
    "B": "too long",
    "C": "balance",
    "D": "only same",
    "E": "labels",
}
