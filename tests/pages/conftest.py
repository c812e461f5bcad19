"""The fixtures that the tests of this folder share with others."""

from tests.support.counties import county, county_on
from tests.support.lasting import database, pytest_generate_tests
from tests.support.service import client, settings
from tests.support.stores import postgresql

__all__ = ["client", "county", "county_on", "database", "postgresql", "pytest_generate_tests", "settings"]
