"""The OpenAPI document as the tests read it before any of them runs: it is made once for all files."""

from typing import Any

from app.main import create_app
from app.settings import Settings

Json = dict[str, Any]

# Its application is never spoken to, and its store never opened.
DOCUMENT: Json = create_app(Settings(database_url="sqlite://", access_log=False)).openapi()
OPERATIONS: dict[str, Json] = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
STORING = ("Project library", "Settlement ledger", "National interface")
"""The tags of operations on what is stored: spoken to in tests/projects, ledger and national, with tokens."""
