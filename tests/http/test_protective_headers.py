"""What every response says to browsers and caches."""

from starlette.testclient import TestClient

from tests.support.grid import grid

BILL = {
    "service_date": "2018-05-20",
    "patient": {"registration": "registered"},
    "visit": {"kind": "inpatient", "facility_level": "city"},
    "bill": {"total": "1200.00", "in_scope": "1000.00"},
}


@grid(
    "path", ["/healthz", "/v1/parameters", "/v1/notices", "/openapi.json", "/docs", "/nowhere", "/pages/anda.css", "/"]
)
def test_no_browser_guesses_what_a_response_is_and_tls_stays_tls(client: TestClient, path: str) -> None:
    plain, tls = client.get(path), client.get(f"https://testserver{path}")
    assert plain.headers.get_list("x-content-type-options") == ["nosniff"]
    assert "strict-transport-security" not in plain.headers
    assert tls.headers["strict-transport-security"] == "max-age=31536000"


@grid(
    ("method", "path", "headers"),
    [
        ("POST", "/v1/reimbursements", {}),
        ("POST", "/v1/entitlements", {}),
        ("GET", "/v1/settlements/1", {"Authorization": "Bearer x"}),
        ("GET", "/v1/projects", {"Authorization": "Bearer x"}),
        ("GET", "/v1/objections/x", {}),
        ("GET", "/objections/x", {}),
        ("POST", "/fsi/callService", {}),
    ],
)
def test_no_cache_keeps_what_may_be_personal(
    client: TestClient, method: str, path: str, headers: dict[str, str]
) -> None:
    response = client.request(method, path, headers=headers, json=BILL if method == "POST" else None)
    assert response.headers.get_list("cache-control") == ["no-store"]


def test_a_cache_may_keep_what_is_everybodys(client: TestClient) -> None:
    assert client.get("/v1/parameters").headers["cache-control"] == "public, max-age=300"
    assert "cache-control" not in client.get("/v1/notices").headers
