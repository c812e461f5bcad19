"""The requests that the documentation shows as examples. Their answers are calculated, never written by hand."""

from typing import Any

Body = dict[str, Any]
"""A request's body, or an example of one with its summary, as JSON."""

BILLS: dict[str, Body] = {
    "ordinary_patient": {
        "summary": "An ordinary patient, first stay of the year at the city hospital",
        "value": {
            "service_date": "2018-05-20",
            "patient": {"registration": "none"},
            "visit": {"kind": "inpatient", "facility_level": "city"},
            "bill": {"total": "50000.00", "in_scope": "50000.00"},
        },
    },
    "registered_major_disease": {
        "summary": "A registered patient with a major disease at the city hospital",
        "value": {
            "service_date": "2018-05-20",
            "patient": {"registration": "registered", "major_disease": True},
            "visit": {"kind": "inpatient", "facility_level": "city"},
            "bill": {"total": "186000.00", "in_scope": "171000.00"},
        },
    },
    "second_admission": {
        "summary": "A second admission at the same level in the year: no deductible, and the year counts together",
        "value": {
            "service_date": "2018-09-03",
            "patient": {"registration": "registered", "major_disease": True},
            "visit": {"kind": "inpatient", "facility_level": "city"},
            "bill": {"total": "62000.00", "in_scope": "58000.00"},
            "year_to_date": {
                "admissions": 1,
                "admissions_at_level": 1,
                "layers": {
                    "basic_insurance": {"base": "40000.00", "paid": "28080.00"},
                    "critical_illness": {"base": "11920.00", "paid": "0.00"},
                    "civil_relief": {"base": "13920.00", "paid": "1392.00"},
                    "major_disease_fund": {"base": "12528.00", "paid": "5011.20"},
                    "supplementary_insurance": {"base": "13920.00", "paid": "1568.00"},
                },
            },
        },
    },
    "chronic_outpatient": {
        "summary": "A chronic patient of a household that exited poverty, policies kept, at the township clinic",
        "value": {
            "service_date": "2018-03-12",
            "patient": {"registration": "exited_with_policy", "chronic_disease": True},
            "visit": {"kind": "outpatient", "facility_level": "township"},
            "bill": {"total": "320.00", "in_scope": "300.00"},
        },
    },
    "already_adjudicated": {
        "summary": "A stay that basic insurance has settled already; the layers after it are calculated",
        "value": {
            "service_date": "2018-05-20",
            "patient": {"registration": "registered", "major_disease": True},
            "visit": {"kind": "inpatient", "facility_level": "in_region", "referred": True},
            "bill": {"total": "98000.00", "in_scope": "90000.00"},
            "adjudicated": {"basic_insurance": "51325.00"},
        },
    },
}

HOUSEHOLDS: dict[str, Body] = {
    "two_members_of_a_year": {
        "summary": "A registered couple: two stays of one at the city hospital, a chronic patient's visit of the other",
        "value": {
            "registration": "registered",
            "annual_net_income": "9000.00",
            "members": [{"id": "wife", "major_disease": True}, {"id": "husband", "chronic_disease": True}],
            "bills": [
                {
                    "member": "wife",
                    "service_date": "2018-03-08",
                    "visit": {"kind": "inpatient", "facility_level": "city"},
                    "bill": {"total": "42000.00", "in_scope": "40000.00"},
                },
                {
                    "member": "husband",
                    "service_date": "2018-04-02",
                    "visit": {"kind": "outpatient", "facility_level": "township"},
                    "bill": {"total": "320.00", "in_scope": "300.00"},
                },
                {
                    "member": "wife",
                    "service_date": "2018-09-03",
                    "visit": {"kind": "inpatient", "facility_level": "city"},
                    "bill": {"total": "62000.00", "in_scope": "58000.00"},
                },
            ],
        },
    },
}
"""Households with the bills of a year."""

THREE_GENERATIONS: Body = {
    "as_of": "2018-09-01",
    "household": {
        "county": "150923",
        "registration": "registered",
        "annual_net_income": "12000.00",
        "relocation": "none",
        "dilapidated_house": False,
        "steep_farmland": None,
        "sudden_hardship": False,
        "members": [
            {
                "id": "grandmother",
                "head": True,
                "birth_date": "1936-03-01",
                "can_work": False,
                "disability": None,
                "in_difficulty": True,
                "chronic_disease": True,
                "major_disease": False,
                "mobility_impaired": True,
                "pension_insured": True,
                "no_supporter": False,
                "student": "none",
                "loan": "none",
            },
            {
                "id": "daughter",
                "birth_date": "1973-05-10",
                "can_work": True,
                "disability": "none",
                "chronic_disease": False,
                "major_disease": False,
                "mobility_impaired": False,
                "pension_insured": True,
                "student": "none",
                "loan": {"principal": "50000.00", "from": "2018-03-01", "to": "2020-03-01"},
            },
            {
                "id": "grandson",
                "birth_date": "2009-11-20",
                "can_work": False,
                "disability": "none",
                "chronic_disease": False,
                "major_disease": False,
                "mobility_impaired": False,
                "pension_insured": False,
                "no_supporter": False,
                "student": {"stage": "primary", "boarding": True, "school_in_county_seat": True},
                "loan": "none",
            },
            {
                "id": "granddaughter",
                "birth_date": "1999-02-14",
                "can_work": False,
                "disability": "none",
                "chronic_disease": False,
                "major_disease": False,
                "mobility_impaired": False,
                "pension_insured": False,
                "no_supporter": False,
                "student": {
                    "stage": "university",
                    "boarding": True,
                    "school_in_county_seat": False,
                    "entered_university_in": 2017,
                },
                "loan": "none",
            },
        ],
    },
}

CLAIMANTS: dict[str, Body] = {
    "three_generations": {
        "summary": "A registered household: a head of 82, her daughter with a loan, a pupil and a student",
        "value": THREE_GENERATIONS,
    },
    "the_same_exited": {
        "summary": "The same household after it has exited poverty with its policies ended",
        "value": {
            **THREE_GENERATIONS,
            "household": {**THREE_GENERATIONS["household"], "registration": "exited_without_policy"},
        },
    },
    "read_otherwise": {
        "summary": "A day pupil, where the living allowance is read as for every pupil (R22)",
        "value": {
            "as_of": "2018-09-01",
            "household": {
                "county": "150923",
                "registration": "registered",
                "members": [{"id": "child", "student": {"stage": "primary", "boarding": False}}],
            },
            "readings": {"pupils_allowance": "every_pupil"},
        },
    },
    "hardly_anything_known": {
        "summary": "A registered couple of whom nothing else is known yet: the answer says what to ask",
        "value": {
            "as_of": "2018-09-01",
            "household": {"registration": "registered", "members": [{"id": "husband"}, {"id": "wife"}]},
        },
    },
}
"""Households whose entitlements are assessed."""

POVERTY_ASSESSMENTS: dict[str, Body] = {
    "a_family_of_four": {
        "summary": "A family of four below the line; one of the five needs is not known and cannot change that",
        "value": {
            "as_of": "2018-09-01",
            "household": {
                "annual_net_income": "9000.00",
                "members": 4,
                "food": True,
                "clothing": True,
                "compulsory_education": True,
                "basic_medical_care": None,
                "safe_housing": False,
            },
        },
    },
}
"""Households that are assessed by the poverty line."""

ENTERPRISE_LOANS: dict[str, Body] = {
    "repaid_after_a_year": {
        "summary": "A leading enterprise's loan of a year, repaid on time, its effect accepted",
        "value": {
            "as_of": "2018-09-01",
            "kind": "leading_enterprise",
            "loan": {"principal": "1000000.00", "from": "2017-09-01", "to": "2018-09-01"},
            "households_carried": 40,
            "repaid_on_time": True,
            "effect_accepted": True,
        },
    },
    "not_yet_accepted": {
        "summary": "A cooperative's loan whose effect has yet to be looked at",
        "value": {
            "as_of": "2018-09-01",
            "kind": "cooperative",
            "loan": {"principal": "600000.00", "from": "2017-03-01", "to": "2018-03-01"},
            "households_carried": 12,
            "repaid_on_time": True,
            "effect_accepted": None,
        },
    },
}
"""Loans of enterprises that carry poor households."""

RELOCATION_PLANS: dict[str, Body] = {
    "one_too_many": {
        "summary": "One hundred registered persons and one more along with them than the ratio lets move",
        "value": {
            "as_of": "2018-09-01",
            "registered_persons": 100,
            "along_persons": 51,
            "whole_village": False,
        },
    },
    "whole_village": {
        "summary": "A whole village of a deeply poor county, which the ratio does not bind",
        "value": {
            "as_of": "2018-09-01",
            "registered_persons": 100,
            "along_persons": 90,
            "whole_village": True,
            "county": "150923",
        },
    },
}
"""Relocation plans."""

PROJECT: Body = {
    "name": "饮水安全巩固提升工程",
    "category": "基础设施",
    "construction": "new",
    "place": "150923100201",
    "place_name": "商都县七台镇某村",
    "schedule": {"start": "2018-05-01", "end": "2018-10-31"},
    "responsible_unit": "商都县水利局",
    "tasks": "打深井一眼，铺设管道四公里，入户一百二十户。",
    "budget": {
        "total": "500000.00",
        "sources": [
            {"fund": "中央财政专项扶贫资金", "amount": "400000.00"},
            {"fund": "县级配套资金", "amount": "100000.00"},
        ],
    },
    "beneficiaries": {"households": 120, "persons": 310, "registered_households": 45, "registered_persons": 102},
    "performance_goals": ["120户自来水入户率100%", "水质检测达标"],
    "participation": "村民代表大会讨论选址，村民投工投劳。",
    "poverty_reduction_mechanism": "优先雇用贫困户务工，解决贫困户饮水安全。",
}

PROJECTS: dict[str, Body] = {
    "drinking_water": {"summary": "A village declares a well and pipes", "value": PROJECT},
}
"""Projects as they are declared."""

PROJECT_ACTIONS: dict[str, Body] = {
    "post_village_notice": {
        "summary": "The village puts the project on display",
        "value": {
            "action": "post_village_notice",
            "evidence": {"meeting": {"kind": "villagers_representatives", "date": "2018-02-08", "attendance": 46}},
        },
    },
    "approve_in_township": {
        "summary": "The township has examined it and puts it on display",
        "value": {
            "action": "approve_in_township",
            "evidence": {
                "checks": dict.fromkeys(
                    ("truth", "need", "content", "budget", "benefit", "participation", "mechanism"), True
                )
            },
        },
    },
    "approve_in_county": {
        "summary": "The county has decided and puts it on display",
        "value": {
            "action": "approve_in_county",
            "evidence": {
                "opinion": {"department": "水利局", "text": "方案科学、合规、可行。"},
                "decision": {"group": "县扶贫开发领导小组", "date": "2018-03-20"},
            },
        },
    },
    "return": {
        "summary": "A review sends it back",
        "value": {"action": "return", "note": "预算缺少单价依据，请补充后重新公示。"},
    },
}
"""Steps of the procedure."""

OBJECTIONS: dict[str, Body] = {
    "anonymous": {
        "summary": "Somebody objects without a name",
        "value": {"content": "管线没有经过村东头的十二户，其中五户是贫困户。"},
    },
}
"""Objections to a notice."""

SETTLEMENTS: dict[str, Body] = {
    "a_stay": {
        "summary": "A stay at the city hospital, discharged on 20 May 2018",
        "value": {
            "person": "1509230000012",
            "institution": "H15090200001",
            "visit_id": "ZY2018052000017",
            "message_id": "H15090200001201805201030000017",
            "service_date": "2018-05-20",
            "visit": {"kind": "inpatient", "facility_level": "city"},
            "bill": {"total": "186000.00", "in_scope": "171000.00"},
        },
    },
}
"""Stays to be settled in the ledger."""

DIFFERENCES: dict[str, Body] = {
    "a_day": {
        "summary": "A hospital's day: one stay that stands, and one that was cancelled and is named by its message",
        "value": {
            "from": "2018-05-20",
            "to": "2018-05-20",
            "settlements": [
                {
                    "setl_id": "17",
                    "visit_id": "ZY2018052000017",
                    "total": "186000.00",
                    "reimbursed": "173209.60",
                    "reversed": False,
                },
                {
                    "message_id": "H15090200001201805201042000018",
                    "visit_id": "ZY2018052000018",
                    "total": "900.00",
                    "reimbursed": "210.00",
                    "reversed": True,
                },
            ],
        },
    },
}
"""Books to be compared with the ledger's."""
