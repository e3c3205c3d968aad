"""How the files of the demonstration are made; nothing of this runs when they are loaded.

`python -m demo.making data/NAME` reads `plan.yaml` and the sources beside it and writes the rest of the
folder. It is pure: arrays and shapes in, files out, no database, and the same bytes for the same plan.
"""
