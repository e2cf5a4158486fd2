"""Photos as arrays, wherever they come from: files, sets, folders, cameras, paper.

One set or one kind of source a module; a new data set goes here.
May use `disk`; everybody above may use it.
"""
