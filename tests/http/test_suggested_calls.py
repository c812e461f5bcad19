"""What the OpenAPI suggests is answered as it declares: the calculations, by calls that Schemathesis makes up."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from tests.support.document import DOCUMENT, STORING
from tests.support.scale import scaled

pytestmark = pytest.mark.lengthy

BATCH = "POST /v1/reimbursements/batch"
CHECKS: list[Callable[..., Any]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
]
BY_THE_DOCUMENT = schemathesis.openapi.from_dict(DOCUMENT).exclude(tag=list(STORING))
BY_THE_DOCUMENT.app = object()  # in process: the application itself is given with each call


@pytest.mark.slow
@BY_THE_DOCUMENT.parametrize()
@hypothesis_settings(
    max_examples=scaled(10, 200),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
def test_no_call_that_the_document_suggests_is_answered_outside_it(
    case: schemathesis.Case[Any], client: TestClient
) -> None:
    checks = list(CHECKS)
    if case.operation.label == BATCH:
        # A refused bill of a batch has its problem in its place; the batch itself is answered.
        checks.remove(negative_data_rejection)
    case.call_and_validate(app=client.app, checks=checks)
