"""Every table of the store, whichever of them a command works with.

A table that refers to another is written only where the other is known, and an empty store is one without any row.
"""

from app.db.ledger import models as ledger_models  # noqa: F401 - imported for its tables
from app.db.models import Base
from app.db.projects import models as project_models  # noqa: F401 - imported for its tables
from app.db.visits import models as visit_models  # noqa: F401 - imported for its tables

METADATA = Base.metadata
