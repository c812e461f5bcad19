"""The pages for integrators draw themselves under a policy that lets in no inline script and no inline style."""

from playwright.sync_api import Browser

from tests.support.grid import grid


@grid(("page", "shown"), [("/docs", "#operations-tag-Reimbursement"), ("/redoc", "h1"), ("/problems/forbidden", "h1")])
def test_nothing_that_the_page_needs_is_refused_by_its_policy(
    browser: Browser, address: str, page: str, shown: str
) -> None:
    context = browser.new_context()
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    response = opened.goto(f"{address}{page}")
    assert response is not None and "unsafe-inline" not in response.headers["content-security-policy"]
    opened.wait_for_selector(shown)
    context.close()
    assert not [text for text in said if "Content Security Policy" in text or "Error" in text], said
