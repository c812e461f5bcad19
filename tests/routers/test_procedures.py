"""GET /v1/procedures: how benefits are applied for, with the days that the parameters hold."""

from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from starlette.testclient import TestClient

from app.main import create_app
from app.rules.parameters import shipped_files
from app.rules.strict_yaml import ParameterError
from app.schemas.responses.procedures import ProcedureAnswer, ProceduresAnswer
from app.settings import Settings
from tests.support.answers import expect_valid
from tests.support.grid import grid

Json = dict[str, Any]

# Which benefits each procedure serves.
BENEFITS = {
    "menu_support": ["industry.menu_support"],
    "yulu": ["education.yulu"],
    "card_payment": ["industry.menu_support"],
    "enterprise_credit": [],
    "enterprise_interest_subsidy": [],
    "project_library": [],
    "identification": [],
}
PATHS = ["/v1/procedures", *(f"/v1/procedures/{name}" for name in BENEFITS)]


def has_chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


def show(client: TestClient, name: str) -> Json:
    response = client.get(f"/v1/procedures/{name}")
    assert response.status_code == 200
    procedure: Json = response.json()
    expect_valid(ProcedureAnswer, procedure)
    return procedure


def refused(response: Response, status: int, slug: str, *errors: tuple[str, str]) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == f"/problems/{slug}"
    assert [(error["pointer"], error["code"]) for error in problem.get("errors", [])] == list(errors)


def test_every_procedure_is_listed_with_its_benefits_and_its_source(client: TestClient) -> None:
    answer = client.get("/v1/procedures").json()
    expect_valid(ProceduresAnswer, answer)
    listed = {procedure["procedure"]: procedure for procedure in answer["procedures"]}
    assert {name: procedure["benefits"] for name, procedure in listed.items()} == BENEFITS
    clauses = {name: procedure["source"]["clause"] for name, procedure in listed.items()}
    assert clauses == {
        "menu_support": "二.1.(2)",
        "yulu": "六.3",
        "card_payment": "三.3",
        "enterprise_credit": "三.4",
        "enterprise_interest_subsidy": "三.4",
        "project_library": "二.6.(2)",
        "identification": "名词解释·贫困人口识贫办法",
    }
    for procedure in listed.values():
        assert procedure["source"]["basis"] == "policy"
        assert "扶贫常识解读" in procedure["source"]["document"]


@grid("name", BENEFITS)
def test_one_procedure_is_shown_as_the_list_shows_it(client: TestClient, name: str) -> None:
    listed = client.get("/v1/procedures").json()["procedures"]
    assert show(client, name) in listed


@grid("name", BENEFITS)
def test_steps_are_numbered_and_each_says_who_acts_and_where_it_stands(client: TestClient, name: str) -> None:
    procedure = show(client, name)
    assert [step["step"] for step in procedure["steps"]] == list(range(1, len(procedure["steps"]) + 1))
    for step in procedure["steps"]:
        assert step["actors"] and step["does"] and step["source"]["clause"]


def test_the_yulu_plan_is_identified_by_the_end_of_september_and_paid_by_the_end_of_november(
    client: TestClient,
) -> None:
    deadlines = show(client, "yulu")["deadlines"]
    assert [(each["month_day"], each["parameter"]) for each in deadlines] == [
        ("09-30", "education.yulu.identified_by"),
        ("11-30", "education.yulu.paid_by"),
    ]
    for each in deadlines:
        assert (each["source"]["clause"], each["source"]["basis"]) == ("六.3", "policy")


def test_the_papers_of_the_yulu_plan_are_named_officially_and_once(client: TestClient) -> None:
    papers = {paper["name"]: (paper["made_in"], paper["needed_in"]) for paper in show(client, "yulu")["papers"]}
    assert papers == {
        "《雨露计划申报登记表》": ([1], [2, 3, 4, 5]),
        "贫困生户口本首页及本人页": ([], [4, 8]),
        "贫困生学籍证明": ([], [4, 8]),
        "雨露计划建档立卡贫困生名单（加盖扶贫办公章）": ([7], [8]),
        "贫困生补助资金申报审批表": ([], [8]),
    }


def test_the_papers_of_menu_style_support_and_of_credit_have_their_official_names(client: TestClient) -> None:
    menu = {paper["name"] for paper in show(client, "menu_support")["papers"]}
    assert {
        "《脱贫产业补贴目录》",
        "《产业脱贫贫困户意愿选择表》",
        "《苏木乡镇产业脱贫项目初验报告》",
        "《乌兰察布市旗县市区产业脱贫项目验收报告》",
    } <= menu
    credit = {paper["name"] for paper in show(client, "enterprise_credit")["papers"]}
    assert "《扶贫龙头企业、农牧民专业合作社信贷扶贫资金申请表》" in credit
    subsidy = {paper["name"] for paper in show(client, "enterprise_interest_subsidy")["papers"]}
    assert subsidy == {"还款凭证", "利息清单", "带动贫困户增收效益报告"}


def test_a_project_is_on_display_ten_days_at_least_at_each_level(client: TestClient) -> None:
    displays = [step["publicity"] for step in show(client, "project_library")["steps"] if step["publicity"]]
    assert [(each["kind"], each["level"], each["days_at_least"], each["source"]["basis"]) for each in displays] == [
        ("publicity", "village", 10, "assumption"),
        ("publicity", "township", 10, "assumption"),
        ("publicity", "county", 10, "policy"),
        ("announcement", "county", 10, "policy"),
    ]


def test_a_display_for_which_the_document_states_no_number_has_none(client: TestClient) -> None:
    displays = [step["publicity"] for step in show(client, "identification")["steps"] if step["publicity"]]
    assert [(each["level"], each["days_at_least"], each["source"]) for each in displays] == [
        ("village", None, None),
        ("township", None, None),
        ("county", None, None),
    ]


def test_payment_to_the_card_follows_menu_style_support(client: TestClient) -> None:
    assert show(client, "menu_support")["followed_by"] == "card_payment"
    assert show(client, "card_payment")["followed_by"] is None


def test_what_the_service_takes_where_the_document_is_silent_is_said(client: TestClient) -> None:
    assert [step["step"] for step in show(client, "yulu")["steps"] if step["assumed"]] == [4, 9]
    assert [step["step"] for step in show(client, "menu_support")["steps"] if step["assumed"]] == []


def test_a_deployments_own_days_are_shown_with_its_file_as_their_source(tmp_path: Path, settings: Settings) -> None:
    own = tmp_path / "county.yaml"
    own.write_text(
        "publicity.days.county:\n  values:\n    - {from: 2018-01-01, value: 15, clause: 第三条, basis: policy, "
        "checked: 2018-02-01}\n",
        encoding="utf-8",
    )
    with TestClient(create_app(settings.model_copy(update={"parameters": own}))) as client:
        display = show(client, "project_library")["steps"][-1]["publicity"]
    assert (display["days_at_least"], display["source"]["document"]) == (15, "county.yaml")


# Refusals, languages, caching ----------------------------------------------------------------------


@grid("name", ["yulu_plan", "YULU", "education.yulu", "%00", "%ff"])
def test_an_unknown_procedure_is_not_found(client: TestClient, name: str) -> None:
    refused(client.get(f"/v1/procedures/{name}"), 404, "unknown-procedure")


@grid("path", PATHS[:2])
def test_a_query_parameter_is_refused_and_named(client: TestClient, path: str) -> None:
    refused(client.get(f"{path}?benefit=yulu"), 422, "validation-error", ("/benefit", "extra_forbidden"))


@grid("path", PATHS)
@grid(("asked", "spoken"), [(None, "zh"), ("en", "en")])
def test_procedures_are_told_in_the_language_asked_for(
    client: TestClient, path: str, asked: str | None, spoken: str
) -> None:
    response = client.get(path, headers={} if asked is None else {"Accept-Language": asked})
    assert response.headers["content-language"] == spoken
    answer = response.json()
    for procedure in answer.get("procedures", [answer]):
        expect_valid(ProcedureAnswer, procedure)
        assert has_chinese(procedure["name"].partition("(")[0]) == (spoken == "zh")
        for step in procedure["steps"]:
            assert has_chinese(step["does"].partition("(")[0]) == (spoken == "zh")


@grid("path", PATHS)
def test_what_a_client_has_already_is_not_sent_again(client: TestClient, path: str) -> None:
    tag = client.get(path).headers["etag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    english = client.get(path, headers={"If-None-Match": tag, "Accept-Language": "en"})
    assert english.status_code == 200
    assert english.headers["etag"] != tag


def test_every_procedure_has_a_tag_of_its_own(client: TestClient) -> None:
    assert len({client.get(path).headers["etag"] for path in PATHS}) == len(PATHS)


def test_a_procedure_without_its_parameter_stops_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    without = [path for path in shipped_files() if path.name != "publicity.yaml"]
    monkeypatch.setattr("app.main.shipped_files", lambda: without)
    with pytest.raises(ParameterError, match=r"unknown parameter 'publicity\.days\.village'"):
        create_app(Settings(database_url="sqlite://"))
