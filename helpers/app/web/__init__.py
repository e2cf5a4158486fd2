"""What the web API is made of: operations, what they take, answer, refuse and limit.

Each part knows HTTP, and none knows how a verdict comes about.
May use the core and the rooms below `app`, and its desk; only `app` uses it.
"""
