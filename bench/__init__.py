"""How fast the server is, next to the plainest threaded server that this machine can run: `python -m bench`.

Owns the measurements. Nothing in the server or its tests imports this package, and this package imports nothing of the
server: it knows it only by its command line and its wire.
"""
