"""What OC4IDS 0.9.5 asks of the fields that are published, written from its reference as a JSON Schema of our own.

The standard lets a publisher add fields of any name; here none may be added, so that a misspelt one is found.
"""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
INSTANT: Schema = {"type": "string", "format": "date-time"}
ADDRESS: Schema = {"type": "string", "format": "uri"}


def thing(*required: str, **properties: Schema) -> Schema:
    """An object that is not empty."""
    schema: Schema = {"type": "object", "properties": properties, "minProperties": 1, "additionalProperties": False}
    return schema | ({"required": list(required)} if required else {})


def several(items: Schema) -> Schema:
    """A list that is not empty and holds nothing twice."""
    return {"type": "array", "items": items, "minItems": 1, "uniqueItems": True}


VALUE = thing(amount={"type": "number"}, currency={"enum": ["CNY"]})
PERIOD = thing(startDate=INSTANT, endDate=INSTANT)
REFERENCE = thing(id=TEXT, name=TEXT)
LOCATION = thing("id", id=TEXT, description=TEXT, gazetteer=thing(scheme=TEXT, identifiers=several(TEXT)))
BREAKDOWN = thing("id", id=TEXT, description=TEXT, amount=VALUE)
OBSERVATION = thing("id", id=TEXT, value=VALUE, measure=TEXT, dimensions={"type": "object", "minProperties": 1})
METRIC = thing("id", id=TEXT, title=TEXT, observations=several(OBSERVATION))
BENEFICIARY = thing(description=TEXT, numberOfPeople={"type": "integer"})

PROJECT = thing(
    "id",
    id={"type": "string", "pattern": "^oc4ids-[a-z0-9]{6}."},
    updated=INSTANT,
    language=TEXT,
    identifiers=several(thing("id", id=TEXT, scheme=TEXT)),
    publicAuthority=REFERENCE,
    title=TEXT,
    description=TEXT,
    budget=thing(
        description=TEXT,
        amount=VALUE,
        requestDate=INSTANT,
        budgetBreakdowns=several(thing("id", id=TEXT, description=TEXT, budgetBreakdown=several(BREAKDOWN))),
    ),
    period=PERIOD,
    locations=several(LOCATION),
    status={
        "enum": [
            "identification",
            "preparation",
            "implementation",
            "completion",
            "maintenance",
            "decommissioning",
            "decommissioned",
            "cancelled",
        ]
    },
    type={"enum": ["construction", "rehabilitation", "replacement", "expansion", "decommissioning", "maintenance"]},
    purpose=TEXT,
    additionalClassifications=several(thing(scheme=TEXT, id=TEXT, description=TEXT)),
    parties=several(thing(id=TEXT, name=TEXT, roles=several({"enum": ["publicAuthority", "funder"]}))),
    forecasts=several(METRIC),
    metrics=several(METRIC),
    documents=several(thing("id", id=TEXT, documentType=TEXT, title=TEXT, description=TEXT, language=TEXT)),
    benefits=several(thing(title=TEXT, description=TEXT, beneficiaries=several(BENEFICIARY))),
)

PACKAGE = thing(
    "uri",
    "publisher",
    "publishedDate",
    "projects",
    "version",
    uri=ADDRESS,
    publishedDate=INSTANT,
    version={"type": "string", "pattern": r"^(\d+\.)(\d+)$"},
    projects=several(PROJECT),
    publisher=thing("name", name=TEXT, scheme=TEXT, uid=TEXT, uri=ADDRESS),
    license=ADDRESS,
    publicationPolicy=ADDRESS,
)
