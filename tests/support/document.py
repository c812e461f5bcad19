"""The OpenAPI document as the tests read it before any of them runs: it is made once for all files."""

import json
from typing import Any

import jsonschema_rs

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

_ADDRESS = "urn:document"
_REGISTRY = jsonschema_rs.Registry([(_ADDRESS, DOCUMENT)], draft=jsonschema_rs.Draft202012)
"""The document once for all validators: each would keep a copy of it."""


def validator(schema: Json) -> jsonschema_rs.Validator:
    """Return a validator for a schema of the document, its references resolved and its formats held."""
    referring = json.loads(json.dumps(schema).replace('"#/', f'"{_ADDRESS}#/'))
    return jsonschema_rs.Draft202012Validator(referring, registry=_REGISTRY, validate_formats=True)
