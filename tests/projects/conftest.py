"""The counties that the tests of the project library try it in: on SQLite, or on each database where a test says so."""

from tests.support.counties import county, county_on, lasting_county
from tests.support.lasting import database, database_url, pytest_generate_tests, store
from tests.support.stores import engine, postgresql

__all__ = [
    "county",
    "county_on",
    "database",
    "database_url",
    "engine",
    "lasting_county",
    "postgresql",
    "pytest_generate_tests",
    "store",
]
