"""The page of the policy in a real browser: searched while one types, and with a form where there is no script."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.scale import chosen
from tests.support.screens import PHONE, SCREEN, accessible, fits, looking


def figures(page: Page) -> list[str]:
    """The figures that can be seen."""
    return [each.get_attribute("id") or "" for each in page.locator(".figure").all() if each.is_visible()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "spoken"), chosen([(PHONE, "zh"), (SCREEN, "en")], [(PHONE, "zh"), (PHONE, "en"), (SCREEN, "en")])
)
def test_the_page_is_accessible_and_fits(browser: Browser, address: str, width: int, spoken: str) -> None:
    with looking(browser, f"{address}/policy?lang={spoken}", width) as page:
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        accessible(page)
        fits(page)
    with looking(browser, f"{address}/policy/basic_insurance.bands.city?lang={spoken}", width) as page:
        accessible(page)
        fits(page)


@pytest.mark.parametrize("asked", ["民政", "deductible", "起付线 city", "R19", "85%", "nothing like it"])
def test_what_is_found_while_one_types_is_what_the_form_finds(browser: Browser, address: str, asked: str) -> None:
    with looking(browser, f"{address}/policy", SCREEN) as page:
        page.get_by_role("searchbox").fill(asked)
        at_once = figures(page)
        assert page.locator("#found").inner_text() == f"显示{len(at_once)}项。"
        assert page.locator("#nothing").is_visible() == (not at_once)
        assert page.url == f"{address}/policy"
        page.get_by_role("button", name="查找").click()
        page.wait_for_url("**/policy?*")
        assert figures(page) == at_once


def test_a_group_without_a_figure_that_fits_goes_and_comes_back(browser: Browser, address: str) -> None:
    with looking(browser, f"{address}/policy", PHONE) as page:
        groups = page.locator(".group")
        every = groups.count()
        page.get_by_role("searchbox").fill("民政大病救助分段")
        assert [group.is_visible() for group in groups.all()].count(True) == 1
        page.get_by_role("searchbox").fill("")
        assert [group.is_visible() for group in groups.all()].count(True) == every


def test_the_search_works_without_scripts(browser: Browser, address: str) -> None:
    with looking(browser, f"{address}/policy", PHONE, script=False) as page:
        page.get_by_role("searchbox").fill("民政大病救助分段")
        page.get_by_role("button", name="查找").click()
        page.wait_for_url("**/policy?*")
        assert figures(page) == ["civil_relief.bands"]
        fits(page)


def test_a_slip_leads_to_the_figure_it_cites(browser: Browser, address: str) -> None:
    bill = "service_date=2018-05-20&patient.registration=registered&visit.kind=inpatient&visit.facility_level=city"
    with looking(browser, f"{address}/bill?{bill}&bill.total=50000&bill.in_scope=50000", SCREEN) as page:
        page.locator("#civil_relief summary").click()
        page.locator("#civil_relief").get_by_role("link", name="民政大病救助分段比例").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("民政大病救助分段比例")
        page.get_by_role("link", name="全部标准").click()
        expect(page.locator("[id='civil_relief.bands']")).to_be_in_viewport()
