"""The source document's headline asks whether a person over 80, of a household out of poverty, is still subsidized.

The answer is the household's status, not the age: no request asks an age, and the reasons say so.
"""

from decimal import Decimal
from typing import Any

from starlette.testclient import TestClient

from tests.support.grid import grid

Json = dict[str, Any]

BENEFITS = ["civil_relief", "major_disease_fund", "supplementary_insurance"]
SAYS = {
    ("policies_kept_after_exit", "zh"): ("已脱贫", "脱贫不脱政策", "继续享受各项待遇", "与年龄无关"),
    ("policies_kept_after_exit", "en"): (
        "has exited poverty",
        "policies are kept",
        "still has the benefits",
        "not the age",
    ),
    ("policies_ended_after_exit", "zh"): ("已脱贫", "不再享受政策", "按普通参保人计算", "与年龄无关"),
    ("policies_ended_after_exit", "en"): (
        "has exited poverty",
        "policies have ended",
        "calculated as an ordinary patient's",
        "not the age",
    ),
}


def ask(client: TestClient, registration: str, language: str = "zh", kind: str = "inpatient") -> Json:
    level = "city" if kind == "inpatient" else "township"
    response = client.post(
        "/v1/reimbursements",
        json={
            "service_date": "2018-05-20",
            "patient": {"registration": registration, "major_disease": True, "chronic_disease": True},
            "visit": {"kind": kind, "facility_level": level},
            "bill": {"total": "120000.00", "in_scope": "110000.00"},
        },
        headers={"Accept-Language": language},
    )
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


def owed(answer: Json) -> Decimal:
    return Decimal(answer["summary"]["out_of_pocket"])


@grid("kind", ["inpatient", "outpatient", "home_bed"])
def test_the_same_patient_owes_less_where_the_policies_are_kept_after_the_exit(client: TestClient, kind: str) -> None:
    kept = ask(client, "exited_with_policy", kind=kind)
    ended = ask(client, "exited_without_policy", kind=kind)
    assert owed(kept) < owed(ended)
    assert {layer["layer"]: layer["outcome"] for layer in ended["layers"]} | dict.fromkeys(
        BENEFITS, "not_eligible"
    ) == {layer["layer"]: layer["outcome"] for layer in ended["layers"]}


def test_the_amounts_of_a_stay_are_those_that_the_policy_gives(client: TestClient) -> None:
    kept = {layer["layer"]: layer["paid"] for layer in ask(client, "exited_with_policy")["layers"]}
    ended = {layer["layer"]: layer["paid"] for layer in ask(client, "exited_without_policy")["layers"]}
    # Kept: 29,400 x 70 % + 40,000 x 75 % + 40,000 x 80 %; of 27,420 left in scope 13,420 x 65 %; of 28,697 left 10 %;
    # of 25,827.30 left 40 %; of 28,697 left by the insurances 18,697 above 10,000 x 40 %.
    assert kept == {
        "basic_insurance": "82580.00",
        "critical_illness": "8723.00",
        "civil_relief": "2869.70",
        "major_disease_fund": "10330.92",
        "supplementary_insurance": "7478.80",
    }
    # Ended: 28,800 x 65 % + 40,000 x 70 % + 40,000 x 75 %; of 33,280 left in scope 19,280 x 60 %.
    assert ended == {
        "basic_insurance": "76720.00",
        "critical_illness": "11568.00",
        "civil_relief": "0.00",
        "major_disease_fund": "0.00",
        "supplementary_insurance": "0.00",
    }


@grid("language", ["zh", "en"])
@grid(
    ("registration", "code", "other"),
    [
        ("exited_with_policy", "policies_kept_after_exit", "policies_ended_after_exit"),
        ("exited_without_policy", "policies_ended_after_exit", "policies_kept_after_exit"),
    ],
)
def test_the_reasons_answer_the_headlines_question(
    client: TestClient, registration: str, code: str, other: str, language: str
) -> None:
    answer = ask(client, registration, language)
    by_layer = {layer["layer"]: {reason["code"]: reason for reason in layer["reasons"]} for layer in answer["layers"]}
    for layer in ("basic_insurance", "critical_illness", *BENEFITS):
        assert code in by_layer[layer], layer
        assert other not in by_layer[layer], layer
    reason = by_layer["civil_relief"][code]
    for words in SAYS[code, language]:
        assert words in reason["text"]
    assert (reason["source"]["clause"], reason["source"]["basis"]) == ("R10", "assumption")


def test_a_kept_policy_pays_as_for_the_registered_and_an_ended_one_as_for_an_ordinary_patient(
    client: TestClient,
) -> None:
    def amounts(registration: str) -> list[tuple[str, ...]]:
        answer = ask(client, registration)
        return [(layer["outcome"], layer["base"], layer["due"], layer["paid"]) for layer in answer["layers"]]

    assert amounts("exited_with_policy") == amounts("registered")
    assert amounts("exited_without_policy") == amounts("none")


def test_no_deposit_is_asked_while_the_policies_are_kept_and_of_others_nothing_is_said(client: TestClient) -> None:
    assert ask(client, "exited_with_policy")["summary"]["deposit_required"] is False
    assert ask(client, "exited_without_policy")["summary"]["deposit_required"] is None


def test_an_age_is_not_asked(client: TestClient) -> None:
    response = client.post(
        "/v1/reimbursements",
        json={
            "service_date": "2018-05-20",
            "patient": {"registration": "exited_with_policy", "age": 83},
            "visit": {"kind": "inpatient", "facility_level": "city"},
            "bill": {"total": "120000.00", "in_scope": "110000.00"},
        },
    )
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == ["/patient/age"]
