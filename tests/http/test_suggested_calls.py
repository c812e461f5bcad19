"""What the OpenAPI suggests is answered as it declares: the calculations, by calls that Schemathesis makes up."""

from typing import Any

import pytest
import schemathesis
from hypothesis import settings as hypothesis_settings
from schemathesis.specs.openapi.checks import negative_data_rejection
from starlette.testclient import TestClient

from tests.support.document import DOCUMENT, STORING
from tests.support.scale import LONG, scaled
from tests.support.suggested_calls import CHECKS, UNHURRIED

pytestmark = pytest.mark.lengthy

BATCH = "POST /v1/reimbursements/batch"
BY_THE_DOCUMENT = schemathesis.openapi.from_dict(DOCUMENT).exclude(tag=list(STORING))
BY_THE_DOCUMENT.app = object()  # in process: the application itself is given with each call
# The values at every boundary, in the long form: their calls are gathered at collection, by every process.
BY_THE_DOCUMENT.config.phases.coverage.enabled = LONG


@pytest.mark.slow
@BY_THE_DOCUMENT.parametrize()
@hypothesis_settings(
    max_examples=scaled(10, 200),
    deadline=None,
    suppress_health_check=UNHURRIED,
)
def test_no_call_that_the_document_suggests_is_answered_outside_it(
    case: schemathesis.Case[Any], client: TestClient
) -> None:
    checks = list(CHECKS)
    if case.operation.label == BATCH:
        # A refused bill of a batch has its problem in its place; the batch itself is answered.
        checks.remove(negative_data_rejection)
    case.call_and_validate(app=client.app, checks=checks)
