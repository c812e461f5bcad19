"""Reference data: every figure of the policy and every base figure, with its source."""

import datetime as dt
from itertools import pairwise
from typing import Any

from httpx import Response
from starlette.testclient import TestClient

from tests.support.grid import grid

Json = dict[str, Any]
Bands = list[tuple[str, str | None, str]]

LOCAL, ASSUMED, POLICY = "local_source", "assumption", "policy"
DOCUMENT = "乌兰察布市扶贫常识解读"

# name: value (or values by their first day), clauses of the source document (none where it does not state it), basis.
CITY_BANDS: Bands = [
    ("0.00", "30000.00", "0.65"),
    ("30000.00", "70000.00", "0.70"),
    ("70000.00", "200000.00", "0.75"),
    ("200000.00", None, "0.80"),
]
FIGURES: dict[str, tuple[str | Bands | dict[str, str], tuple[str, ...], str | dict[str, str]]] = {
    "basic_insurance.deductible.township": ("200.00", (), ASSUMED),
    "basic_insurance.deductible.county": ("400.00", (), ASSUMED),
    "basic_insurance.deductible.city": ("1200.00", (), LOCAL),
    "basic_insurance.deductible.in_region": ("1200.00", (), ASSUMED),
    "basic_insurance.deductible.out_of_region": ("1200.00", (), ASSUMED),
    "basic_insurance.repeat_stay_reduction": ("100.00", (), LOCAL),
    "basic_insurance.repeat_stay_reduction.other_levels": ("100.00", (), ASSUMED),
    "basic_insurance.registered_deductible": ("0.50", ("七.1.(3)",), POLICY),
    "basic_insurance.registered_uplift": ("0.05", ("七.1.(3)",), POLICY),
    "basic_insurance.bands.township": ([("0.00", None, "0.90")], (), ASSUMED),
    "basic_insurance.bands.county": ([("0.00", None, "0.75")], (), ASSUMED),
    "basic_insurance.bands.city": (CITY_BANDS, (), LOCAL),
    "basic_insurance.bands.in_region": (CITY_BANDS, (), ASSUMED),
    "basic_insurance.bands.out_of_region": (CITY_BANDS, (), ASSUMED),
    "basic_insurance.first_paid.in_region": ("0.15", (), LOCAL),
    "basic_insurance.first_paid.out_of_region": ("0.20", (), LOCAL),
    "basic_insurance.annual_limit": ("160000.00", (), LOCAL),
    "basic_insurance.annual_limit.other_care": ("160000.00", (), ASSUMED),
    "basic_insurance.outpatient_rate.ordinary": ("0.70", ("七.1.(3)",), POLICY),
    "basic_insurance.outpatient_rate.registered": ("0.80", ("七.1.(3)",), POLICY),
    "basic_insurance.outpatient_deductible": ("0.00", (), ASSUMED),
    "critical_illness.bands": ([("14000.00", None, "0.60")], (), LOCAL),
    "critical_illness.registered_uplift": ("0.05", ("七.1.(3)",), POLICY),
    "critical_illness.annual_limit": ("500000.00", (), LOCAL),
    "critical_illness.registered_annual_limit": (
        {"2017-01-01": "500000.00", "2019-01-01": "none"},
        (),
        {"2017-01-01": ASSUMED, "2019-01-01": LOCAL},
    ),
    "critical_illness.registered_threshold_share": (
        {"2017-01-01": "1.00", "2019-01-01": "0.50"},
        (),
        {"2017-01-01": ASSUMED, "2019-01-01": LOCAL},
    ),
    "civil_relief.general_rate": ("0.10", ("七.1.(3)",), POLICY),
    "civil_relief.general_up_to": ("30000.00", ("七.1.(3)", "七.1.(4)"), ASSUMED),
    "civil_relief.annual_limit": ("none", (), ASSUMED),
    "civil_relief.bands": (
        [
            ("30000.00", "70000.00", "0.80"),
            ("70000.00", "200000.00", "0.85"),
            ("200000.00", None, "0.90"),
        ],
        ("七.1.(4)",),
        POLICY,
    ),
    "major_disease_fund.bills_above": ("0.00", (), ASSUMED),
    "major_disease_fund.annual_limit": ("none", (), ASSUMED),
    "major_disease_fund.purse": ("none", (), ASSUMED),
    "major_disease_fund.bands": (
        [("0.00", "30000.00", "0.40"), ("30000.00", "50000.00", "0.50"), ("50000.00", None, "0.60")],
        ("七.1.(5)",),
        POLICY,
    ),
    "supplementary_insurance.bands": (
        [
            ("0.00", "10000.00", "0.00"),
            ("10000.00", "30000.00", "0.40"),
            ("30000.00", "50000.00", "0.50"),
            ("50000.00", "70000.00", "0.60"),
            ("70000.00", None, "0.70"),
        ],
        ("七.1.(6)",),
        POLICY,
    ),
    "supplementary_insurance.limit": ("80000.00", ("七.1.(6)",), POLICY),
    "accident_disability.lump_sum": ("20000.00", ("七.1.(6)",), POLICY),
    "chronic_guarantee.floor": ("0.90", ("七.1.(7)",), POLICY),
    "ceiling.share": ("0.90", (), LOCAL),
    "reported_ratio.share": ("0.90", ("报告部分三.(三)",), POLICY),
    "enterprise_credit.least": ("500000.00", ("报告部分三.(一)",), POLICY),
    "enterprise_credit.most": ("10000000.00", ("报告部分三.(一)",), POLICY),
    "enterprise_credit.subsidy_rate": ("0.03", ("报告部分三.(一)",), POLICY),
    "enterprise_credit.day_count": ("365", (), ASSUMED),
    "relocation_plan.along_share": ("0.50", ("四.6",), POLICY),
    "relocation_plan.binds_whole_village": ("no", ("四.3",), POLICY),
}
LINE = "poverty_line.annual_net_income"
LINES = [
    ("2014-01-01", "2014-12-31", "2800.00", POLICY),
    ("2015-01-01", "2015-12-31", "2968.00", POLICY),
    ("2016-01-01", "2019-12-31", "2968.00", ASSUMED),  # no line of these years is stated: that of 2015
    ("2020-01-01", "2020-12-31", "4000.00", POLICY),  # announced as an outlook
    ("2021-01-01", None, "4000.00", ASSUMED),
]
EDITION = {
    "policy.edition": "ulanqab-2018",
    "policy.first_day": "2017-01-01",
    "policy.last_day": "2018-12-31",
}
READINGS = {
    "R1": ("band_rates", ["marginal", "whole_amount"]),
    "R2": ("remaining_cost", ["whole_bill", "in_scope", "relief_in_scope"]),
    "R3": ("general_relief", ["first_band", "whole_then_bands", "parallel"]),
    "R5": ("accumulation", ["calendar_year", "per_bill", "relief_and_fund_per_bill"]),
    "R6": ("supplementary_limit", ["calendar_year", "per_bill"]),
    "R8": ("chronic_floor", ["clinic_outpatient", "outpatient", "all_care"]),
    "R13": ("ceiling", ["none", "ninety_percent"]),
    "R14": ("layer_order", ["relief_first", "insurance_first"]),
    "R21": ("uncovered_care", ["not_served", "served"]),
}
"""The readings of a bill with their values, the default first."""
HOUSEHOLD_READINGS = {
    "R12": ("transport_pupils", ["with_senior_high", "without"]),
    "R16": ("ecommerce_period", ["once", "year"]),
    "R17": ("photovoltaic_groups", ["either", "both"]),
    "R18": ("industry_support", ["able_to_work", "every_household"]),
    "R20": ("university_boarding", ["not_asked", "asked"]),
    "R22": ("pupils_allowance", ["boarders", "every_pupil"]),
    "R23": ("higher_vocational", ["included", "undergraduates_only"]),
    "R24": ("vocational_senior_high", ["not_included", "included"]),
    "R25": ("home_bed", ["ill_and_either", "ill_and_both"]),
    "R26": ("renovation_groups", ["key_groups", "registered_only"]),
    "R27": ("interest_days", ["whole_months_then_360", "actual_360", "actual_365"]),
    "R28": ("minimum_living_need", ["not_asked", "asked"]),
}
FIXED = {"R4", "R7", "R9", "R10", "R11", "R15", "R19", "R29", "R30"}
"""The questions that a request cannot switch."""
PATHS = ["/v1/parameters", "/v1/parameters/civil_relief.bands", "/v1/readings"]


def has_chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


def expect_problem(response: Response, status: int, slug: str, *errors: tuple[str, str]) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == f"/problems/{slug}"
    assert [(error["pointer"], error["code"]) for error in problem.get("errors", [])] == list(errors)


def parameters(client: TestClient, **query: str) -> dict[str, Json]:
    answer = client.get("/v1/parameters", params=query).json()
    return {parameter["name"]: parameter for parameter in answer["parameters"]}


# Parameters ----------------------------------------------------------------------------------------


@grid("name", FIGURES)
def test_every_figure_is_served_with_its_value_its_clause_and_its_basis(client: TestClient, name: str) -> None:
    value, clauses, basis = FIGURES[name]
    parameter = client.get(f"/v1/parameters/{name}").json()
    values = value if isinstance(value, dict) else {"2017-01-01": value}
    assert [dated["effective_from"] for dated in parameter["values"]] == list(values)
    for dated, expected in zip(parameter["values"], values.values(), strict=True):
        if isinstance(expected, list):
            assert dated["value"] == [{"above": above, "up_to": up_to, "rate": rate} for above, up_to, rate in expected]
            assert parameter["unit"] == "basis points by band of fen"
        else:
            assert dated["value"] == expected
            units = {"fen", "fen or none", "basis points", "basis points above zero", "days", "yes or no"}
            assert parameter["unit"] in units | {"limits by total of fen or none"}
        assert dated["basis"] == (basis[dated["effective_from"]] if isinstance(basis, dict) else basis)
        assert ("dated" in dated) == (dated["basis"] == LOCAL), "the local source bears no date"
        for clause in clauses:
            assert clause in dated["clause"]
        assert dated["clause"]
        assert (dated["document"] == DOCUMENT) == bool(clauses), "only what the document states cites a clause of it"
        assert clauses or "七." not in dated["clause"]
    for dated, following in pairwise(parameter["values"]):
        last_day = dt.date.fromisoformat(dated["effective_until"])
        assert str(last_day + dt.timedelta(days=1)) == following["effective_from"]
    assert parameter["values"][-1]["effective_until"] is None
    assert parameters(client)[name] == parameter


def test_the_line_of_a_year_that_the_document_does_not_state_is_carried_forward_as_an_assumption(
    client: TestClient,
) -> None:
    values = client.get(f"/v1/parameters/{LINE}").json()["values"]
    assert [(each["effective_from"], each["effective_until"], each["value"], each["basis"]) for each in values] == LINES
    assert all(each["clause"].startswith("名词解释·贫困标准") for each in values)
    assert {each["basis"] for each in values if each["document"] == DOCUMENT} == {POLICY}


def test_the_figures_of_the_hospital_are_said_to_be_undated_and_no_others(client: TestClient) -> None:
    for parameter in parameters(client).values():
        for dated in parameter["values"]:
            assert dated.get("dated", True) == ("中心医院" not in dated["document"]), parameter["name"]


@grid("name", EDITION)
def test_the_edition_and_its_days_are_served(client: TestClient, name: str) -> None:
    (dated,) = client.get(f"/v1/parameters/{name}").json()["values"]
    assert dated["value"] == EDITION[name]
    # No clause states them: they are this service's own.
    assert dated["basis"] == ASSUMED


def test_no_figure_of_the_five_layers_is_served_that_the_policy_texts_do_not_have(client: TestClient) -> None:
    families = {name.partition(".")[0] for name in (*FIGURES, LINE)} | {"policy"}
    served = {name for name in parameters(client) if name.partition(".")[0] in families}
    assert served == FIGURES.keys() | EDITION.keys() | {LINE}


def test_the_list_names_its_edition_and_has_a_fingerprint_that_readiness_shows_too(client: TestClient) -> None:
    answer = client.get("/v1/parameters").json()
    assert answer["edition"] == "ulanqab-2018"
    assert len(answer["fingerprint"]) == 64
    assert client.get("/readyz").json()["parameters"] == answer["fingerprint"]


@grid("day", ["2017-01-01", "2018-05-20", "2020-12-31", "2030-01-01"])
def test_a_day_shows_the_one_value_that_is_in_force_on_it(client: TestClient, day: str) -> None:
    on_the_day = parameters(client, on=day)
    assert on_the_day.keys() == parameters(client).keys()
    assert {len(parameter["values"]) for parameter in on_the_day.values()} == {1}
    single = client.get("/v1/parameters/civil_relief.bands", params={"on": day}).json()
    assert single == on_the_day["civil_relief.bands"]


@grid("path", ["/v1/parameters", "/v1/parameters/civil_relief.bands"])
@grid("day", ["2016-12-31", "0001-01-01"])
def test_a_day_before_2017_is_refused(client: TestClient, path: str, day: str) -> None:
    response = client.get(path, params={"on": day})
    expect_problem(response, 422, "no-policy-in-force", ("/on", "before_first_day"))
    assert "2017-01-01" in response.json()["detail"]


@grid("path", ["/v1/parameters", "/v1/parameters/civil_relief.bands"])
@grid(
    ("day", "code"),
    [("tomorrow-7731", "day_format"), ("20180520", "day_format"), ("", "day_format"), ("2018-02-30", "day_unknown")],
)
def test_a_day_that_is_none_is_refused(client: TestClient, path: str, day: str, code: str) -> None:
    response = client.get(path, params={"on": day})
    expect_problem(response, 422, "validation-error", ("/on", code))
    assert "7731" not in response.text.replace(response.headers["x-request-id"], "")


@grid("path", PATHS)
def test_a_misspelt_query_parameter_is_refused_and_named(client: TestClient, path: str) -> None:
    response = client.get(path, params={"onn": "marker-7731"})
    expect_problem(response, 422, "validation-error", ("/onn", "extra_forbidden"))
    assert "marker-7731" not in response.text


@grid("name", ["civil_releif.bands", "civil_relief", "CIVIL_RELIEF.BANDS", "%00", "..", "%ff"])
def test_an_unknown_parameter_is_not_found(client: TestClient, name: str) -> None:
    response = client.get(f"/v1/parameters/{name}")
    assert response.status_code == 404
    if name != "..":  # which a client resolves before it asks
        expect_problem(response, 404, "unknown-parameter")


# Languages -----------------------------------------------------------------------------------------


@grid("path", PATHS)
@grid(
    ("asked", "spoken"),
    [
        (None, "zh"),
        ("zh-CN", "zh"),
        ("fr", "zh"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh;q=0.3, en;q=0.8", "en"),
        ("en;q=0.2, zh;q=0.9", "zh"),
        ("en;q=0", "zh"),
    ],
)
def test_reference_data_speaks_the_language_asked_for(
    client: TestClient, path: str, asked: str | None, spoken: str
) -> None:
    response = client.get(path, headers={} if asked is None else {"Accept-Language": asked})
    assert response.headers["content-language"] == spoken
    assert "accept-language" in response.headers["vary"].lower()
    answer = response.json()
    if path == "/v1/readings":
        told = [reading["question"] for reading in answer["readings"]]
    else:
        told = [parameter["meaning"] for parameter in answer.get("parameters", [answer])]
    assert {has_chinese(text) for text in told} == {spoken == "zh"}


# Caching -------------------------------------------------------------------------------------------


@grid("path", [*PATHS, "/v1/parameters?on=2018-05-20"])
def test_what_a_client_has_already_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(path)
    tag = first.headers["etag"]
    assert tag.startswith('"') and tag.endswith('"')
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == first.headers["cache-control"]
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_every_representation_has_a_tag_of_its_own(client: TestClient) -> None:
    tags = [
        client.get(path, headers={"Accept-Language": language}).headers["etag"]
        for path in (*PATHS[:2], "/v1/parameters?on=2018-05-20", "/v1/parameters?on=2018-05-21")
        for language in ("zh", "en")
    ]
    assert len(set(tags)) == len(tags)


@grid("path", PATHS)
def test_a_tag_of_the_other_language_does_not_hide_the_answer(client: TestClient, path: str) -> None:
    chinese = client.get(path).headers["etag"]
    answer = client.get(path, headers={"If-None-Match": chinese, "Accept-Language": "en"})
    assert answer.status_code == 200
    assert answer.headers["etag"] != chinese


# Readings ------------------------------------------------------------------------------------------


def test_every_switchable_reading_is_listed_with_its_values_and_its_default_through_time(client: TestClient) -> None:
    known = READINGS | HOUSEHOLD_READINGS
    listed = client.get("/v1/readings").json()["readings"]
    switchable = {reading["id"]: reading for reading in listed if reading["switchable"]}
    assert {
        id_: (reading["reading"], [value["value"] for value in reading["values"]])
        for id_, reading in switchable.items()
    } == known
    for id_, reading in switchable.items():
        assert reading["default"] == known[id_][1][0]
        assert all(value["meaning"] for value in reading["values"])
        (dated,) = reading["defaults"]
        assert (dated["value"], dated["basis"]) == (reading["default"], "assumption")
        assert (dated["effective_from"], dated["effective_until"]) == ("2017-01-01", None)
        assert dated["clause"]
        assert dated["document"]
    assert [int(reading["id"][1:]) for reading in listed] == [*range(1, 31)]


def test_the_questions_that_no_request_can_switch_are_listed_too(client: TestClient) -> None:
    listed = client.get("/v1/readings").json()["readings"]
    fixed = {reading["id"]: reading for reading in listed if not reading["switchable"]}
    assert fixed.keys() == FIXED
    assert all(reading["reading"] is None and reading["defaults"] == [] for reading in fixed.values())


def test_the_readings_that_a_bill_relied_on_are_those_listed(client: TestClient) -> None:
    bill = {
        "service_date": "2018-05-20",
        "patient": {"registration": "none"},
        "visit": {"kind": "inpatient", "facility_level": "city"},
        "bill": {"total": 100, "in_scope": 100},
    }
    relied_on = client.post("/v1/reimbursements", json=bill).json()["readings"]
    listed = client.get("/v1/readings").json()["readings"]
    assert relied_on == {reading["reading"]: reading["default"] for reading in listed if reading["id"] in READINGS}
