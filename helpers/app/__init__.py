"""What others use: people at the command line, the app, the web API, exports, the page.

Each takes a verifier and a gallery and says the same sentences.
May use everything but `experiments`; only notebooks and the command line use it.
"""
