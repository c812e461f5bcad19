"""The household that the documentation works through, point by point and worked by hand; and what an exit changes.

A grandmother of 82 who is the head, ill and hardly moves; her daughter of 45, who works and has a loan; a boy of 8 at
primary school, a girl of 19 at university. Registered; 12,000 a year for four. Asked on 2018-09-01.
"""

import copy
from typing import Any

from starlette.testclient import TestClient

from app.i18n import Language, text
from app.rules.registration import REASON, Registration
from app.schemas.examples import THREE_GENERATIONS
from tests.support.entitlement_oracle import BENEFITS, HOUSEHOLD, MEMBER
from tests.support.grid import grid

Json = dict[str, Any]
Claimed = tuple[str, str | None]

LANGUAGES: list[Language] = ["zh", "en"]
GRANDMOTHER, DAUGHTER, GRANDSON, GRANDDAUGHTER = MEMBERS = ("grandmother", "daughter", "grandson", "granddaughter")
POOR = ("registered", "exited_with_policy")
NOT_POOR = ("exited_without_policy", "none")

OF_MEMBER = [benefit for benefit, (whose, _, _) in BENEFITS.items() if whose == MEMBER]
OF_HOUSEHOLD = [benefit for benefit, (whose, _, _) in BENEFITS.items() if whose == HOUSEHOLD]
EVERY: set[Claimed] = {
    *((benefit, member) for benefit in OF_MEMBER for member in MEMBERS),
    *((benefit, None) for benefit in OF_HOUSEHOLD),
}

FOR_ANYBODY = {
    *("education.fanhai", "education.entrant_survey", "relocation.building_subsidy", "ecology.farmland_return"),
    *("social_security.disability_living", "social_security.severe_disability_nursing"),
    *("relocation.self_arranged_cash", "housing.renovation", "social_security.minimum_living"),
}
"""Benefits that ask for no registration, or not alone, or, of relocation, only for one of its two kinds."""

SAYS: dict[tuple[str, str], tuple[str, ...]] = {
    ("registered", "zh"): ("建档立卡贫困户", "未脱贫"),
    ("registered", "en"): ("registered as poor", "has not exited"),
    ("exited_with_policy", "zh"): ("已脱贫", "脱贫不脱政策", "继续享受", "R10", "与年龄无关"),
    ("exited_with_policy", "en"): ("has exited poverty", "policies are kept", "R10", "not the age"),
    ("exited_without_policy", "zh"): ("已脱贫", "不再享受政策", "R10", "与年龄无关"),
    ("exited_without_policy", "en"): ("has exited poverty", "policies have ended", "R10", "not the age"),
    ("none", "zh"): ("不是建档立卡贫困户", "面向建档立卡贫困户"),
    ("none", "en"): ("not registered as poor", "for those who are"),
}
"""What the reason that a status gives says."""


def household(registration: str, *, as_of: str = "2018-09-01", **facts: Any) -> Json:
    """The worked household with another status; facts of its own, or of a member by the member's name."""
    body = copy.deepcopy(THREE_GENERATIONS) | {"as_of": as_of}
    described = body["household"]
    for name, value in ({"registration": registration} | facts).items():
        if name in MEMBERS:
            described["members"][MEMBERS.index(name)].update(value)
        else:
            described[name] = value
    return body


def settled(registration: str, relocated: str = "along", **facts: Any) -> Json:
    """The household a year earlier with every fact known, and with a reason for every benefit that is for anybody."""
    return household(
        registration,
        as_of="2017-09-01",
        relocation={"kind": relocated, "arrangement": "self_arranged"},
        dilapidated_house=True,
        steep_farmland=True,
        grandmother={"disability": "severe"},
        daughter={"loan": {"principal": "50000.00", "from": "2017-03-01", "to": "2019-03-01"}},
        granddaughter={"in_difficulty": True},
        **facts,
    )


def ask(client: TestClient, body: Json, language: str = "zh") -> Json:
    response = client.post("/v1/entitlements", json=body, headers={"Accept-Language": language})
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    assert {(entry["benefit"], entry["member"]) for entry in answer["entitlements"]} == EVERY
    assert len(answer["entitlements"]) == len(EVERY)
    return answer


def claims(answer: Json) -> dict[Claimed, Json]:
    return {(entry["benefit"], entry["member"]): entry for entry in answer["entitlements"]}


def amounts(answer: Json, status: str = "entitled") -> dict[Claimed, str | None]:
    """What is due, or has another status, and how much of it."""
    return {claimed: entry["amount"] for claimed, entry in claims(answer).items() if entry["status"] == status}


# The worked household ------------------------------------------------------------------------------

DUE: dict[Claimed, str | None] = {
    **{("health.check_up", member): None for member in MEMBERS},
    **{("health.premium_basic", member): "60.00" for member in MEMBERS},
    **{("health.premium_supplementary", member): "100.00" for member in MEMBERS},
    **{("health.family_doctor", member): None for member in MEMBERS},
    ("health.home_bed", GRANDMOTHER): None,  # chronically ill, 82, and hardly moves
    **{("health.one_stop", member): None for member in MEMBERS},
    **{("health.reimbursement_uplift", member): None for member in MEMBERS},
    ("health.treatment_batch", GRANDMOTHER): None,  # chronically ill
    **{("health.medical_relief", member): None for member in MEMBERS},
    ("education.living_allowance", GRANDSON): "2890.00",  # primary, boards: 1,890 and the state's 1,000
    ("education.living_allowance", GRANDDAUGHTER): "10000.00",  # university
    ("education.transport", GRANDSON): "300.00",  # boards, in the county seat
    ("education.training", DAUGHTER): None,  # can work, and is not at school
    **{("industry.ecommerce_rebate", member): "300.00" for member in MEMBERS},  # 3,000 x 10 %
    ("industry.menu_support", None): None,  # the daughter can work; the county sets the amount
    ("industry.workshop", DAUGHTER): None,
    # 44 on 2018-03-01; to 2020-03-01 are 24 months: 50,000 x 5 % x 2.
    ("finance.microcredit_interest", DAUGHTER): "5000.00",
    ("ecology.post", DAUGHTER): None,
    ("social_security.minimum_living", None): None,  # 12,000 is below 4 x 3,906 = 15,624
    ("social_security.pension_premium", DAUGHTER): "100.00",  # insured, 45
}

OPEN: dict[Claimed, list[str]] = {
    # The daughter can work, so that only a disability of the head, the grandmother, counts.
    ("industry.photovoltaic", None): ["/household/members/0/disability"],
    ("ecology.farmland_return", None): ["/household/steep_farmland"],
    # She is in difficulty; whether she is disabled is not known.
    ("social_security.disability_living", GRANDMOTHER): ["/household/members/0/disability"],
    ("social_security.severe_disability_nursing", GRANDMOTHER): ["/household/members/0/disability"],
}


@grid("language", LANGUAGES)
def test_the_household_is_due_what_the_policy_gives_and_nothing_else(client: TestClient, language: str) -> None:
    answer = ask(client, THREE_GENERATIONS, language)
    assert amounts(answer) == DUE
    undecided = {
        claimed: entry["missing"] for claimed, entry in claims(answer).items() if entry["status"] == "undecided"
    }
    assert undecided == OPEN
    assert set(amounts(answer, "not_entitled")) == EVERY - set(DUE) - set(OPEN)
    for claimed, entry in claims(answer).items():
        if claimed not in DUE:
            assert (entry["amount"], entry["payments"]) == (None, []), claimed
        if claimed not in OPEN:
            assert entry["missing"] == [], claimed


def test_the_sums_are_those_of_the_points(client: TestClient) -> None:
    # A year: premiums 4 x (60 + 100) = 640; the boy 2,890 + 300; the girl 10,000; the daughter's pension 100.
    # Once: rebates 4 x 300 = 1,200; the loan 5,000.
    # In kind: check-up, family doctor, one stop, uplift, medical relief for 4 = 20; a home bed, a batch of treatment;
    # the daughter's training. Menu, workshop, post are none.
    assert ask(client, THREE_GENERATIONS)["summary"] == {
        "cash_per_year": "13930.00",
        "cash_once": "6200.00",
        "in_kind": 23,
        "undecided": 4,
    }


def test_two_facts_are_asked_and_the_one_that_decides_most_first(client: TestClient) -> None:
    asked = [(question["pointer"], question["decides"]) for question in ask(client, THREE_GENERATIONS)["questions"]]
    assert asked == [
        (
            "/household/members/0/disability",
            [
                "industry.photovoltaic",
                "social_security.disability_living",
                "social_security.severe_disability_nursing",
            ],
        ),
        ("/household/steep_farmland", ["ecology.farmland_return"]),
    ]


@grid(
    ("disability", "due"),
    [
        ("none", {}),
        (
            "ordinary",
            {("industry.photovoltaic", None): "3000.00", ("social_security.disability_living", GRANDMOTHER): "80.00"},
        ),
        (
            "severe",
            {
                ("industry.photovoltaic", None): "3000.00",
                ("social_security.disability_living", GRANDMOTHER): "80.00",
                ("social_security.severe_disability_nursing", GRANDMOTHER): "960.00",
            },
        ),
    ],
)
def test_an_answer_to_the_first_question_decides_what_it_said_it_would(
    client: TestClient, disability: str, due: dict[Claimed, str]
) -> None:
    answer = ask(client, household("registered", grandmother={"disability": disability}))
    assert amounts(answer) == DUE | due
    assert set(amounts(answer, "undecided")) == {("ecology.farmland_return", None)}
    # A year: 13,930 and 3,000 of the sun, 80 x 12 = 960, 960.
    yearly = {"none": "13930.00", "ordinary": "17890.00", "severe": "18850.00"}
    assert answer["summary"]["cash_per_year"] == yearly[disability]


@grid(
    ("as_of", "halves"),
    [
        ("2018-01-01", ["2018-05-31", "2018-10-31"]),
        ("2018-05-31", ["2018-05-31", "2018-10-31"]),
        ("2018-06-01", ["2018-10-31"]),
        ("2018-09-01", ["2018-10-31"]),
        ("2018-10-31", ["2018-10-31"]),
        ("2018-11-01", []),
    ],
)
def test_what_is_paid_twice_a_year_is_paid_in_halves_by_the_days_still_to_come(
    client: TestClient, as_of: str, halves: list[str]
) -> None:
    found = claims(ask(client, household("registered", as_of=as_of)))
    for benefit, member, half in (
        ("education.living_allowance", GRANDSON, "1445.00"),
        ("education.living_allowance", GRANDDAUGHTER, "5000.00"),
        ("education.transport", GRANDSON, "150.00"),
    ):
        assert found[benefit, member]["payments"] == [{"by": by, "amount": half} for by in halves], benefit
    for claimed, entry in found.items():
        if not claimed[0].startswith("education."):
            assert entry["payments"] == [], claimed


@grid("language", LANGUAGES)
@grid(
    ("claimed", "words"),
    [
        (("finance.microcredit_interest", DAUGHTER), ["44", "65", "50000", "5%", "24", "2020-03-01", "R27"]),
        (("industry.ecommerce_rebate", GRANDSON), ["3000", "10%", "300", "3%", "90", "R16"]),
        (("education.living_allowance", GRANDSON), ["1890", "1000"]),
        (("health.home_bed", GRANDMOTHER), ["82", "60"]),
        (("ecology.post", DAUGHTER), ["3000"]),
        (("industry.workshop", DAUGHTER), ["R18"]),
        (("industry.menu_support", None), ["R18"]),
        (("education.living_allowance", GRANDDAUGHTER), ["R20"]),
        (("health.family_doctor", GRANDMOTHER), ["2"]),
        (("social_security.minimum_living", None), ["12000", "4", "15624", "3906", "R28"]),
        (("social_security.direct_cash", None), ["12000", "15624", "3906"]),
        (("social_security.pension_premium", DAUGHTER), ["45", "16", "59"]),
        (("social_security.pension_premium", GRANDMOTHER), ["82", "16", "59"]),
        (("education.fanhai", GRANDDAUGHTER), ["2017"]),
    ],
)
def test_the_reasons_give_the_figures_that_decide(
    client: TestClient, claimed: Claimed, words: list[str], language: str
) -> None:
    said = " ".join(claims(ask(client, THREE_GENERATIONS, language))[claimed]["reasons"]).replace(",", "")
    for word in words:
        assert word in said.replace(",", "")


@grid(
    ("claimed", "clause", "effective_from"),
    [
        (("education.living_allowance", GRANDSON), "六.1", "2017-01-01"),  # the same in both years
        (("education.living_allowance", GRANDDAUGHTER), "报告部分三.(四)、六.1", "2017-01-01"),
        (("health.premium_supplementary", GRANDMOTHER), "七.1.(2)", "2017-01-01"),
        (("finance.microcredit_interest", DAUGHTER), "三.1", "2017-01-01"),
        (("social_security.pension_premium", DAUGHTER), "报告部分三.(五)、八.2", "2017-01-01"),
    ],
)
def test_what_is_due_cites_the_figure_of_the_day(
    client: TestClient, claimed: Claimed, clause: str, effective_from: str
) -> None:
    source = claims(ask(client, THREE_GENERATIONS))[claimed]["source"]
    assert (source["clause"], source["effective_from"]) == (clause, effective_from)


def test_the_assumed_figures_that_were_used_are_warned_of(client: TestClient) -> None:
    warning, average = ask(client, THREE_GENERATIONS)["warnings"]
    assert (average["code"], average["parameters"]) == ("average_standard", ["social_security.minimum_living.standard"])
    assert "3906元" in average["text"]
    assert warning["code"] == "assumed_parameters"
    assert set(warning["parameters"]) == {
        *("education.fanhai.first_day", "education.fanhai.last_day"),
        *("finance.microcredit_interest.first_day", "finance.microcredit_interest.last_day"),
        "finance.microcredit_interest.usual_limit",
        "health.home_bed.old_from",
        "social_security.direct_cash.margin",
        "social_security.pension_premium.youngest",
        "social_security.pension_premium.oldest",
    }
    assert "扶贫小额贷款通常的最高额度" in warning["text"]


# The year before, with every fact known: what there is for anybody, and what for the poor only -----

DUE_TO_ANYBODY: dict[Claimed, str | None] = {
    ("education.fanhai", GRANDDAUGHTER): "5000.00",  # entered in 2017; the grandmother is disabled
    ("relocation.building_subsidy", None): "40000.00",  # along: 10,000 x 4
    ("relocation.self_arranged_cash", None): None,  # set locally
    ("housing.renovation", None): None,  # the grandmother is disabled
    ("social_security.minimum_living", None): None,  # the income is low
    ("ecology.farmland_return", None): None,  # the state sets it
    ("social_security.disability_living", GRANDMOTHER): "80.00",
    ("social_security.severe_disability_nursing", GRANDMOTHER): "960.00",
}
"""What the household is due whatever its status."""

DUE_TO_THE_POOR: dict[Claimed, str | None] = DUE | {
    # 43 on 2017-03-01. To 2019-03-01 are 24 months: 50,000 x 5 % x 2.
    ("finance.microcredit_interest", DAUGHTER): "5000.00",
    ("industry.photovoltaic", None): "3000.00",  # the head is disabled
}
"""What it is due beside that while it has the benefits of the poor."""

DUE_TO_THE_OTHERS: dict[Claimed, str | None] = {("education.entrant_survey", GRANDDAUGHTER): None}
"""What it is due beside that where it has them not."""


@grid("registration", POOR)
def test_a_household_with_the_policies_has_what_is_for_the_poor_and_what_is_for_anybody(
    client: TestClient, registration: str
) -> None:
    answer = ask(client, settled(registration))
    assert amounts(answer) == DUE_TO_THE_POOR | DUE_TO_ANYBODY
    # A year: premiums 640; the boy 2,890 + 300; the girl 10,000; the sun 3,000; the pension 100; 80 x 12; 960.
    # Once: rebates 1,200; the loan 5,000; Fanhai 5,000; the house 40,000.
    # In kind: 20, the home bed, the batch of treatment, the training, the renovation.
    assert answer["summary"] == {
        "cash_per_year": "18850.00",
        "cash_once": "51200.00",
        "in_kind": 24,
        "undecided": 0,
    }


@grid("registration", NOT_POOR)
def test_a_household_without_the_policies_has_what_is_for_anybody_and_the_entrants_survey(
    client: TestClient, registration: str
) -> None:
    answer = ask(client, settled(registration))
    assert amounts(answer) == DUE_TO_ANYBODY | DUE_TO_THE_OTHERS
    # A year: 80 x 12 + 960. Once: Fanhai 5,000, the house 40,000. In kind: the survey, the renovation.
    assert answer["summary"] == {
        "cash_per_year": "1920.00",
        "cash_once": "45000.00",
        "in_kind": 2,
        "undecided": 0,
    }


def test_a_household_that_is_not_poor_and_has_nobody_disabled_loses_what_hangs_on_either(client: TestClient) -> None:
    sound = {"grandmother": {"disability": "none"}}
    kept, ended = (
        amounts(ask(client, household(registration, as_of="2017-09-01", relocation={"kind": "along"}, **sound)))
        for registration in ("exited_with_policy", "exited_without_policy")
    )
    assert kept["education.fanhai", GRANDDAUGHTER] == "5000.00"
    assert ended == {
        ("relocation.building_subsidy", None): "40000.00",
        ("social_security.minimum_living", None): None,
    }


@grid("language", LANGUAGES)
@grid(("kind", "each"), [("registered", 20_000), ("along", 10_000)])
def test_the_building_subsidy_of_the_registered_goes_with_the_policies_and_that_of_those_along_stays(
    client: TestClient, kind: str, each: int, language: str
) -> None:
    ceiling = 80 if kind == "registered" else None  # more than three persons
    for registration in POOR:
        found = claims(ask(client, settled(registration, kind), language))["relocation.building_subsidy", None]
        assert (found["status"], found["amount"]) == ("entitled", f"{each * 4}.00")
        assert found["area_ceiling_m2"] == ceiling
        assert (f"{each}元" if language == "zh" else f"{each:,}.00 yuan") in " ".join(found["reasons"])
    for registration in NOT_POOR:
        found = claims(ask(client, settled(registration, kind), language))["relocation.building_subsidy", None]
        if kind == "along":
            assert (found["status"], found["amount"]) == ("entitled", f"{each * 4}.00")
        else:
            assert (found["status"], found["amount"]) == ("not_entitled", None)
            assert ("贫困户政策" if language == "zh" else "benefits of the poor") in " ".join(found["reasons"])
        assert found["area_ceiling_m2"] is None


# What a status says --------------------------------------------------------------------------------


@grid("language", LANGUAGES)
@grid("registration", POOR)
def test_what_is_due_to_the_poor_is_due_for_the_reason_of_the_status(
    client: TestClient, registration: str, language: str
) -> None:
    for claimed, entry in claims(ask(client, settled(registration), language)).items():
        if entry["status"] != "entitled":
            continue
        if claimed[0] in FOR_ANYBODY:
            assert claimed in DUE_TO_ANYBODY
            continue
        for words in SAYS[registration, language]:
            assert words in entry["reasons"][0], claimed


@grid("language", LANGUAGES)
@grid("registration", NOT_POOR)
def test_what_is_for_the_poor_only_is_refused_for_the_status_and_for_nothing_else(
    client: TestClient, registration: str, language: str
) -> None:
    for body in (settled(registration), household(registration)):
        found = claims(ask(client, body, language))
        for claimed, entry in found.items():
            if claimed[0] not in FOR_ANYBODY:
                assert entry["status"] == "not_entitled", claimed
                (reason,) = entry["reasons"]
                for words in SAYS[registration, language]:
                    assert words in reason, claimed
            else:
                for reason in entry["reasons"]:
                    assert SAYS[registration, language][-1] not in reason, claimed


@grid("language", LANGUAGES)
@grid(("one", "other"), [("registered", "exited_with_policy"), ("none", "exited_without_policy")])
def test_an_exit_with_the_policies_is_as_good_as_none_and_one_without_as_never_having_been_registered(
    client: TestClient, one: Registration, other: Registration, language: Language
) -> None:
    said, other_said = (text("claims", REASON[each], language) for each in (one, other))
    assert said != other_said
    bodies = [
        (household(one), household(other)),
        (settled(one), settled(other)),
        (settled(one, "registered"), settled(other, "registered")),
    ]
    for body, other_body in bodies:
        answer, expected = ask(client, other_body, language), ask(client, body, language)
        assert other_said not in str(expected)
        told = 0
        for entry in answer["entitlements"]:
            told += entry["reasons"].count(other_said)
            entry["reasons"] = [said if reason == other_said else reason for reason in entry["reasons"]]
        assert told > 20
        assert answer == expected


@grid("registration", NOT_POOR)
def test_the_worked_household_without_the_policies_is_due_nothing_before_two_facts_are_known(
    client: TestClient, registration: str
) -> None:
    answer = ask(client, household(registration))
    assert amounts(answer) == {("social_security.minimum_living", None): None}
    # The head's disability decides no photovoltaic income now; whoever is not poor has none.
    assert set(amounts(answer, "undecided")) == set(OPEN) - {("industry.photovoltaic", None)}
    assert [question["pointer"] for question in answer["questions"]] == list(
        dict.fromkeys(
            [
                *OPEN["social_security.disability_living", GRANDMOTHER],
                *OPEN["ecology.farmland_return", None],
            ]
        )
    )
    assert answer["summary"] == {"cash_per_year": "0.00", "cash_once": "0.00", "in_kind": 0, "undecided": 3}


# The headline: is somebody over 80, of a household out of poverty, still helped? --------------------

AGES = ["1909-01-01", "1936-03-01", "1938-09-02", "1958-09-02", "1990-06-01", "2012-01-01", None]
"""Birth dates: 109, 82, 79 for one day yet, 59 for one day yet, 28 and 6 years on the day; and an unknown one."""

BY_AGE = {
    ("health.home_bed", GRANDMOTHER),
    ("social_security.minimum_living", None),
    ("social_security.direct_cash", None),
    ("social_security.pension_premium", GRANDMOTHER),
    ("finance.microcredit_interest", GRANDMOTHER),
}
"""The benefits, of those that her age could touch, that speak of an age."""


@grid("language", LANGUAGES)
def test_a_person_over_eighty_of_an_exited_household_keeps_every_health_benefit_with_the_policies(
    client: TestClient, language: str
) -> None:
    kept, ended = (
        claims(ask(client, household(registration), language))
        for registration in ("exited_with_policy", "exited_without_policy")
    )
    health = [benefit for benefit in OF_MEMBER if benefit.startswith("health.")]
    assert len(health) == 9
    for benefit in health:
        for found, registration, status in (
            (kept[benefit, GRANDMOTHER], "exited_with_policy", "entitled"),
            (ended[benefit, GRANDMOTHER], "exited_without_policy", "not_entitled"),
        ):
            assert found["status"] == status, benefit
            for words in SAYS[registration, language]:
                assert words in found["reasons"][0], benefit


@grid("registration", [*POOR, *NOT_POOR])
def test_no_age_decides_what_a_status_decides(client: TestClient, registration: str) -> None:
    answers = [claims(ask(client, household(registration, grandmother={"birth_date": born}), "en")) for born in AGES]
    for claimed in EVERY - BY_AGE:
        assert [answer[claimed] for answer in answers] == [answers[0][claimed]] * len(AGES), claimed
    if registration in NOT_POOR:
        for claimed in BY_AGE:
            assert [answer[claimed] for answer in answers] == [answers[0][claimed]] * len(AGES), claimed


def test_a_child_and_a_grandmother_of_one_household_have_the_same_benefits_of_health_but_for_their_illness(
    client: TestClient,
) -> None:
    illness = {"chronic_disease": True, "mobility_impaired": True}
    body = household("exited_with_policy", grandson=illness)
    found = claims(ask(client, body))
    for benefit in OF_MEMBER:
        if benefit == "health.home_bed":  # hers by her age too, his by his illness and his mobility
            assert found[benefit, GRANDSON]["status"] == found[benefit, GRANDMOTHER]["status"] == "entitled"
        elif benefit.startswith("health."):
            assert found[benefit, GRANDSON] | {"member": GRANDMOTHER} == found[benefit, GRANDMOTHER]


def test_only_after_the_last_day_of_the_task_is_a_house_told_that_it_is_over(client: TestClient) -> None:
    body = {"registration": "registered", "dilapidated_house": True, "members": [{"id": "one"}]}
    for day, over in (("2018-12-31", False), ("2019-01-01", True)):
        answer = client.post("/v1/entitlements", json={"as_of": day, "household": body}).json()
        renovation = claims(answer)["housing.renovation", None]
        assert renovation["status"] == "entitled"
        assert any("住房和城乡建设部门" in reason for reason in renovation["reasons"]) == over, day
