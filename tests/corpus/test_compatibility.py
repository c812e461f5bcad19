"""What would break a client of an earlier release is found by `python -m tools.compatibility`."""

from tools.compatibility.exchanges import exchanges_of, paired
from tools.compatibility.faults import faults_between

OLD = """$ anda migrate
--- exit 0
=== GET /v1/one
> authorization: Bearer anda_CUFJDyyrCvQGIilKNvwZgN5FuOAvpjbi7Orul-9MhTk
--- 200
content-type: application/json

{"paid":"10.00",
"note":null,
"rows":[{"age":1}]}

=== GET /v1/two
--- 404

"""
NEW = """=== GET /v1/new
--- 200

=== GET /v1/one
> authorization: Bearer anda_dSMRdVbRkzitdH8fstqfnhKwJq1rUdTzM3PyoM8Z6_U
--- 200
content-type: application/json

{"paid":"10.00","more":1,
"note":"text",
"rows":[{"age":1}]}

##### Another title
"""


def test_new_fields_requests_and_tokens_are_no_fault() -> None:
    old, new = exchanges_of(OLD), exchanges_of(NEW)
    assert [each.status for each in old] == [200, 404]
    ((one, other),) = paired(old, new)
    assert one.request.startswith("GET /v1/one")
    assert list(faults_between(one, other)) == []


def test_a_status_a_field_a_type_and_an_amount_are_faults() -> None:
    (old, _) = exchanges_of(OLD)
    for change, faults in {
        ("--- 200", "--- 201"): ["200 became 201"],
        ('"paid":"10.00",', ""): ["/paid is gone"],
        ('"10.00"', '"10.01"'): ["/paid is another amount"],
        ('"10.00"', "10.00"): ["/paid is of another type"],
        ('{"age":1}', '{"age":"1"}'): ["/rows/*/age is of another type"],
        ('[{"age":1}]', "[]"): ["/rows has another length"],
    }.items():
        (new, _) = exchanges_of(OLD.replace(*change))
        assert list(faults_between(old, new)) == faults
