"""What a service has read and compiled once it runs, for the processes that are forked from one that has."""

import gc
from importlib import import_module

from app.pages.rendering import prepare

for name in (
    "app.cli.main",
    "app.cli.serve",
    "app.http.protocol",
    "app.main",
    "sqlalchemy.dialects.postgresql.psycopg",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvloop",
):
    import_module(name)
prepare()
# Searches for garbage in those that are forked would copy all of it.
gc.collect()
gc.freeze()
