"""GET /v1/regions: counties by code and name, what each is listed as, and the lists with their counts."""

from typing import Any

from httpx import Response
from starlette.testclient import TestClient

from app.schemas.responses.regions import RegionsAnswer
from tests.support.answers import expect_valid
from tests.support.grid import grid

Json = dict[str, Any]

LISTS = {
    "national_poor": 31,
    "regional_poor": 26,
    "old_revolutionary_base": 49,
    "border": 19,
    "pastoral": 33,
    "contiguous_poor_area": 8,
    "deeply_poor": 8,
}
ASKED = ["/v1/regions", "/v1/regions?county=150923", "/v1/regions?name=商都", "/v1/regions?name=乌拉特"]


def has_chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


def outside_brackets(text: str) -> str:
    return text.partition("(")[0]


def ask(client: TestClient, **query: str) -> Json:
    response = client.get("/v1/regions", params=query)
    assert response.status_code == 200
    answer: Json = response.json()
    expect_valid(RegionsAnswer, answer)
    return answer


def codes(answer: Json) -> list[str]:
    return [region["code"] for region in answer["regions"]]


def refused(response: Response, status: int, slug: str, *errors: tuple[str, str]) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == f"/problems/{slug}"
    assert [(error["pointer"], error["code"]) for error in problem.get("errors", [])] == list(errors)


# Counties ------------------------------------------------------------------------------------------


def test_without_a_question_every_county_is_listed_by_code(client: TestClient) -> None:
    listed = codes(ask(client))
    assert len(listed) == 103
    assert listed == sorted(set(listed))


def test_shangdu_is_shown_as_what_it_is_listed_as_with_the_source(client: TestClient) -> None:
    answer = ask(client, county="150923")
    (shangdu,) = answer["regions"]
    listed = shangdu.pop("listed_as")
    assert shangdu == {
        "code": "150923",
        "name": "商都县",
        "short_name": "商都县",
        "also_written": [],
        "prefecture": {"code": "150900", "prefix": "1509", "name": "乌兰察布市"},
    }
    assert [(each["list"], each["area"]) for each in listed] == [
        ("national_poor", None),
        ("contiguous_poor_area", {"area": "yanshan_taihang", "name": "燕山—太行山片区"}),
        ("deeply_poor", None),
    ]
    for each in listed:
        source = each["source"]
        assert "扶贫常识解读" in source["document"]
        assert source["effective_from"] == "2017-01-01"
        assert source["clause"]
    assert [each["source"]["basis"] for each in listed] == ["policy", "policy", "assumption"]
    assert listed[-1]["source"]["clause"] == "报告部分一、R29"
    assert answer["codes"] == {"standard": "GB/T 2260", "as_of": "2018-12-31"}


def test_a_county_on_no_list_says_so(client: TestClient) -> None:
    (district,) = ask(client, county="150202")["regions"]
    assert (district["name"], district["listed_as"]) == ("东河区", [])


@grid(
    ("name", "found"),
    [
        ("商都", ["150923"]),
        ("察右前旗", ["150926"]),
        ("莫力达瓦达翰尔自治旗", ["150722"]),
        ("乌兰特前旗", ["150823"]),
        ("和林县", ["150123"]),
        ("Shangdu", ["150923"]),
        ("新城", ["150102"]),
        ("乌拉特", ["150823", "150824", "150825"]),
    ],
)
def test_a_county_is_looked_up_by_its_short_its_full_and_the_documents_name(
    client: TestClient, name: str, found: list[str]
) -> None:
    assert codes(ask(client, name=name)) == found


def test_a_county_shows_its_short_name_and_how_the_document_writes_it(client: TestClient) -> None:
    (banner,) = ask(client, name="莫旗")["regions"]
    assert banner["name"] == "莫力达瓦达斡尔族自治旗"
    assert (banner["short_name"], banner["also_written"]) == ("莫旗", ["莫力达瓦达翰尔自治旗"])


def test_code_and_name_together_both_hold(client: TestClient) -> None:
    assert codes(ask(client, county="150824", name="乌拉特")) == ["150824"]
    refused(client.get("/v1/regions", params={"county": "150923", "name": "化德"}), 404, "unknown-region")


# Townships and villages ----------------------------------------------------------------------------


def test_a_village_is_named_with_its_township_and_county(client: TestClient) -> None:
    answer = ask(client, place="150923101200")
    assert codes(answer) == ["150923"]
    assert answer["place"] == {
        "code": "150923101200",
        "name": "骆驼盘村民委员会",
        "known": True,
        "level": "village",
        "full_name": "商都县七台镇骆驼盘村民委员会",
        "lies_in": [
            {"code": "150923", "name": "商都县", "known": True},
            {"code": "150923101", "name": "七台镇", "known": True},
        ],
        "holds": [],
    }
    assert (answer["names"]["edition"], answer["names"]["license"]) == ("2023", "MIT")
    assert "国家统计局" in answer["names"]["publisher"]


def test_a_county_lists_its_townships_and_a_township_its_villages(client: TestClient) -> None:
    county = ask(client, place="150923")["place"]
    assert (county["level"], county["lies_in"], len(county["holds"])) == ("county", [], 10)
    assert county["holds"][0] == {"code": "150923101", "name": "七台镇", "known": True}
    township = ask(client, place="150923101")["place"]
    assert township["level"] == "township"
    assert {"code": "150923101200", "name": "骆驼盘村民委员会", "known": True} in township["holds"]


def test_a_code_that_is_not_known_is_shown_as_the_code(client: TestClient) -> None:
    village = ask(client, place="150923100201")["place"]
    assert (village["name"], village["full_name"], village["known"]) == ("150923100201", "150923100201", False)
    assert [(each["name"], each["known"]) for each in village["lies_in"]] == [("商都县", True), ("150923100", False)]
    of_a_known_township = ask(client, place="150923101999")["place"]
    assert [each["name"] for each in of_a_known_township["lies_in"]] == ["商都县", "七台镇"]
    assert of_a_known_township["full_name"] == "150923101999"


def test_no_place_is_shown_where_none_is_asked_for(client: TestClient) -> None:
    assert ask(client, county="150923")["place"] is None


def test_a_place_and_its_county_must_fit(client: TestClient) -> None:
    assert codes(ask(client, place="150923101", county="150923")) == ["150923"]
    refused(client.get("/v1/regions?place=150923101&county=150922"), 404, "unknown-region")
    refused(client.get("/v1/regions?place=110101001"), 404, "unknown-region")


@grid("place", ["", "1509", "15092310", "1509231012", "150923101200201", "七台镇"])
def test_a_place_that_is_not_a_code_of_a_division_is_refused(client: TestClient, place: str) -> None:
    response = client.get("/v1/regions", params={"place": place})
    refused(response, 422, "validation-error", ("/place", "string_pattern_mismatch"))


# Lists ---------------------------------------------------------------------------------------------


@grid("query", [{}, {"county": "150923"}])
def test_every_list_shows_how_many_counties_it_states_and_names(client: TestClient, query: dict[str, str]) -> None:
    lists = ask(client, **query)["lists"]
    assert {each["list"]: (each["stated"], each["counted"]) for each in lists} == {
        name: (count, count) for name, count in LISTS.items()
    }
    for each in lists:
        assert sum(group["counted"] for group in each["by_prefecture"]) == each["counted"]
        assert all(group["stated"] in {None, group["counted"]} for group in each["by_prefecture"])
        assert each["source"]["clause"] and each["heading"]


def test_the_lists_and_the_counties_tell_the_same(client: TestClient) -> None:
    answer = ask(client)
    by_list = {
        (each["list"], code)
        for each in answer["lists"]
        for group in each["by_prefecture"]
        for code in group["counties"]
    }
    by_county = {(each["list"], region["code"]) for region in answer["regions"] for each in region["listed_as"]}
    assert by_list == by_county
    assert len(by_list) == sum(LISTS.values())


def test_what_the_document_leaves_in_doubt_is_noted_on_its_list(client: TestClient) -> None:
    notes = {each["list"]: each["note"] for each in ask(client)["lists"]}
    assert "丰镇市" in notes["regional_poor"]
    assert "26" in notes["old_revolutionary_base"]
    assert "38" in notes["national_poor"]
    assert "R29" in notes["deeply_poor"]
    assert notes["border"] is None


# Refusals ------------------------------------------------------------------------------------------


@grid("query", ["county=150999", "county=110101", "county=150900", "name=大同", "name=%00"])
def test_an_unknown_county_is_not_found(client: TestClient, query: str) -> None:
    refused(client.get(f"/v1/regions?{query}"), 404, "unknown-region")


@grid("county", ["", "1509", "1509231", "15092a", " 150923", "150923\n", "١٥٠٩٢٣", "150923100201"])
def test_a_code_that_is_not_six_digits_is_refused_at_its_place(client: TestClient, county: str) -> None:
    response = client.get("/v1/regions", params={"county": county})
    refused(response, 422, "validation-error", ("/county", "string_pattern_mismatch"))


def test_a_name_is_neither_empty_nor_endless(client: TestClient) -> None:
    refused(client.get("/v1/regions?name="), 422, "validation-error", ("/name", "string_too_short"))
    refused(client.get("/v1/regions?name=" + "a" * 61), 422, "validation-error", ("/name", "string_too_long"))


def test_a_misspelt_query_parameter_is_refused_and_named(client: TestClient) -> None:
    refused(client.get("/v1/regions?country=150923"), 422, "validation-error", ("/country", "extra_forbidden"))


# Languages and caching -----------------------------------------------------------------------------


def test_names_are_english_where_english_is_asked_for(client: TestClient) -> None:
    response = client.get("/v1/regions", headers={"Accept-Language": "en"})
    assert response.headers["content-language"] == "en"
    answer = response.json()
    expect_valid(RegionsAnswer, answer)
    told = [name for region in answer["regions"] for name in (region["name"], region["short_name"])]
    told += [region["prefecture"]["name"] for region in answer["regions"]]
    told += [each["name"] for each in answer["lists"]]
    told += [each["area"]["name"] for region in answer["regions"] for each in region["listed_as"] if each["area"]]
    assert not [name for name in told if has_chinese(outside_brackets(name))]
    assert "Shangdu County" in told


def test_chinese_is_spoken_by_default(client: TestClient) -> None:
    response = client.get("/v1/regions")
    assert response.headers["content-language"] == "zh"
    assert all(has_chinese(region["name"]) for region in response.json()["regions"])


@grid("path", ASKED)
def test_what_a_client_has_already_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(path)
    tag = first.headers["etag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    english = client.get(path, headers={"If-None-Match": tag, "Accept-Language": "en"})
    assert english.status_code == 200
    assert english.headers["etag"] != tag


def test_different_answers_have_different_tags(client: TestClient) -> None:
    tags = {client.get(path).headers["etag"] for path in ("/v1/regions", "/v1/regions?name=乌拉特", *ASKED[1:2])}
    assert len(tags) == 3
