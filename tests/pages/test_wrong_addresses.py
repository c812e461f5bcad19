"""What is answered where there is no page: words to people, a problem to programs; and what stands under every page."""

from starlette.testclient import TestClient

from app.i18n import LANGUAGES, Language, text, wording
from tests.support.grid import grid
from tests.support.markup import read

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@grid("spoken", LANGUAGES)
@grid("address", ["/bill/", "/notices/", "/foo", "/desk/nope", "/pages/no.css", "/v2/x", "/v1x"])
def test_a_person_at_a_wrong_address_is_told_in_words(client: TestClient, address: str, spoken: Language) -> None:
    answer = client.get(address, params={"lang": spoken}, headers=BROWSER)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert read(answer.text).one("h1").text == wording("notices_page")["not_found"][spoken]
    assert answer.headers["vary"] == "Accept"


def test_a_person_who_opens_what_is_only_sent_to_is_told_in_words(client: TestClient) -> None:
    answer = client.get("/household/calendar.ics", headers=BROWSER)
    assert (answer.status_code, read(answer.text).one("h1").text) == (405, "未找到")


@grid("address", ["/v1", "/v1/nope", "/v1/notices/0", "/fsi/nope"])
def test_an_address_of_programs_answers_a_problem_whoever_asks(client: TestClient, address: str) -> None:
    assert client.get(address, headers=BROWSER).headers["content-type"].startswith("application/")


def test_a_program_at_a_wrong_address_is_answered_a_problem(client: TestClient) -> None:
    assert client.get("/bill/").headers["content-type"] == "application/problem+json"
    assert client.post("/foo", headers=BROWSER).headers["content-type"] == "application/problem+json"


@grid("spoken", LANGUAGES)
@grid(
    ("address", "calculates"),
    [("/bill", True), ("/household", True), ("/notices", False), ("/policy", False), ("/", False), ("/desk", False)],
)
def test_only_a_page_that_calculates_says_what_its_calculation_is_worth(
    client: TestClient, address: str, calculates: bool, spoken: Language
) -> None:
    footer = read(client.get(address, params={"lang": spoken}).text).one("footer").text
    assert (text("pages", "calculated", spoken) in footer) == calculates
