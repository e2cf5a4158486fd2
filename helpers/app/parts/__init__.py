"""What the app in a notebook is made of: two photos, hills, regions, people enrolled.

Each is a control that works by keyboard and has a name for those who listen.
May use the core and the rooms below `app`, and its desk; only `app.widget` uses it.
"""
