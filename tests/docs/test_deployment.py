"""How it is deployed: the image, its composition, secrets from files, the bill of materials, and advisories."""

import datetime as dt
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError
from sqlalchemy import make_url

from app.settings import Settings
from tools import advisories
from tools.locked import read_lock
from tools.sbom import bill_of_materials

from .pages import ROOT, blocks, without_comments

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSITION: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def test_the_image_runs_as_a_number_and_keeps_store_and_key_in_two_volumes() -> None:
    assert re.search(r"^USER [1-9][0-9]*:[1-9][0-9]*$", DOCKERFILE, re.MULTILINE)
    volumes = json.loads(re.findall(r"^VOLUME (.*)$", DOCKERFILE, re.MULTILINE)[0])
    store, key = (re.findall(rf"{name}=(\S+)", DOCKERFILE)[0] for name in ("ANDA_DATABASE_URL", "ANDA_PERSON_KEY_FILE"))
    assert sorted(volumes) == sorted({str(Path(key).parent), str(Path(str(make_url(store).database)).parent)})
    assert len(volumes) == 2
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${BASE}"}, "a digest can be given"


def test_every_container_is_confined_and_its_secrets_are_files() -> None:
    for name, service in COMPOSITION["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert {"mem_limit", "cpus", "pids_limit", "restart"} <= service.keys(), name
        for setting, value in service["environment"].items():
            assert not re.search(r"PASSWORD$|KEY$|TOKEN$", setting), (name, setting)
            assert not re.search(r"://[^@/]*:[^@/]*@", value), (name, setting)
    assert [name for name, each in COMPOSITION["services"].items() if "ports" in each] == ["anda"]
    assert set(COMPOSITION["secrets"]) == {"database_password", "person_key"}
    assert COMPOSITION["networks"]["inner"] == {"internal": True}


def test_the_proxys_example_logs_no_address_that_may_hold_a_token() -> None:
    (example,), (chinese,) = (blocks(f"docs/{folder}how-to/deploy.md", "nginx") for folder in ("", "zh/"))
    assert without_comments(example) == without_comments(chinese)
    pattern, body = re.findall(r'location ~\* "([^"]+)" \{(.*?)\n    \}', example, re.DOTALL)[0]
    assert "access_log off;" in body and "error_log /dev/null;" in body, "nginx writes the address into both"
    for path in ("/fsi/anda_x/callService", "/FSI/x/callservice/", "/fsi/x", "/fis/x/callService", "/v1/anda_x"):
        assert re.search(pattern, path, re.IGNORECASE), path
    for path in ("/v1/settlements", "/", "/notices"):
        assert not re.search(pattern, path, re.IGNORECASE), path


def test_the_password_of_the_database_comes_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("p@ss/wörd:1\n", encoding="utf-8")
    settings = Settings(
        database_url="postgresql://anda@database:5433/anda?sslmode=require", database_password_file=file
    )
    address = make_url(settings.database_url)
    assert (address.username, address.password, address.host, address.port) == ("anda", "p@ss/wörd:1", "database", 5433)
    assert address.query == {"sslmode": "require"}
    wrong = {
        "postgresql://anda:known@database/anda": file,
        "sqlite:///anda.db": file,
        "postgresql://anda@database/anda": tmp_path / "missing",
    }
    for database_url, secret in wrong.items():
        with pytest.raises(ValidationError) as refused:
            Settings(database_url=database_url, database_password_file=secret)
        assert refused.value.errors()[0]["type"] == "database_password_file"


def test_the_bill_of_materials_names_every_locked_package_with_its_licence_and_what_it_needs() -> None:
    packages = read_lock()
    made = dt.datetime(2018, 5, 20, 1, 2, 3, tzinfo=dt.UTC)
    bill: dict[str, Any] = json.loads(json.dumps(bill_of_materials(packages, made)))
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bill["serialNumber"])
    assert bill["metadata"]["timestamp"] == "2018-05-20T01:02:03Z"
    components = {each["bom-ref"]: each for each in bill["components"]}
    assert len(components) == len(packages) > 30
    fastapi = next(each for each in components.values() if each["name"] == "fastapi")
    assert fastapi["licenses"] == [{"expression": "MIT"}]
    assert all(re.fullmatch("[0-9a-f]{64}", each["value"]) for each in fastapi["properties"])
    needs = {each["ref"]: set(each["dependsOn"]) for each in bill["dependencies"]}
    assert needs.keys() == {"anda", *components}
    assert set().union(*needs.values()) <= components.keys()
    assert fastapi["bom-ref"] in needs["anda"]
    assert {components[each]["name"] for each in needs[fastapi["bom-ref"]]} >= {"starlette", "pydantic"}
    assert bill == json.loads(json.dumps(bill_of_materials(packages, made)))


@contextmanager
def source_of_advisories(answer: bytes) -> Iterator[str]:
    """Serve one answer to whatever is asked."""

    class Source(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Source) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.lengthy
def test_advisories_are_listed_where_a_source_is_reachable_and_it_is_said_where_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *others = read_lock()
    found = {"results": [{"vulns": [{"id": "GHSA-made-up"}]}, *({} for _ in others)]}
    with source_of_advisories(json.dumps(found).encode()) as address:
        monkeypatch.setenv("ADVISORIES", address)
        assert advisories.main() == 1
        assert capsys.readouterr().out == f"{first.name} {first.version}: GHSA-made-up\n"
    with source_of_advisories(json.dumps({"results": [{} for _ in (first, *others)]}).encode()) as address:
        monkeypatch.setenv("ADVISORIES", address)
        assert advisories.main() == 0
    capsys.readouterr()
    assert advisories.main() == 3
    assert capsys.readouterr().err.startswith("No advisory was checked")
