"""Several applications in one process: the pages of each have its own settings, and Pico's version is not typed."""

import datetime as dt

from starlette.testclient import TestClient

from app.main import create_app
from app.pages.rendering import HERE
from app.settings import Settings


def test_the_pages_of_two_applications_have_their_own_settings(settings: Settings) -> None:
    days, publishers = [dt.date(2018, 3, 1), dt.date(2018, 5, 19)], ["First bureau", "Second bureau"]
    applications = [
        create_app(settings.model_copy(update={"today": day, "publisher": publisher}))
        for day, publisher in zip(days, publishers, strict=True)
    ]
    for application, day, publisher in zip(applications, days, publishers, strict=True):
        with TestClient(application) as client:
            assert f'value="{day.isoformat()}"' in client.get("/household").text
            assert f'value="{day.isoformat()}"' in client.get("/bill").text
            assert publisher in client.get("/notices.atom").text


def test_the_licences_name_the_version_of_pico_that_is_served(client: TestClient) -> None:
    banner = (HERE / "static" / "pico.min.css").read_text(encoding="utf-8")[:200]
    version = banner.partition("Pico CSS")[2].partition(" v")[2].split()[0]
    assert f"Pico CSS {version}" in client.get("/licences").text
