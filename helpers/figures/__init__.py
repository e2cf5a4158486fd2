"""How results are drawn: style, tiles, charts, curves, widgets, a look into a model.

What most notebooks need of it can be imported from `helpers.plots`.
May use `sources` and `disk`; everybody above may use it.
"""
