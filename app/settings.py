"""The settings of a deployment, read from environment variables with the prefix `ANDA_`, and its figures."""

import datetime as dt
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import quote

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.rules.parameters import Parameters, load, shipped_files
from app.rules.projects.publicity import check_figures

PRIVATE = tuple(
    map(ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"))
)
"""This machine, and the networks that the internet does not route (RFC 1918, RFC 4193)."""


def _networks(value: object) -> object:
    """Read networks separated by commas. PydanticCustomError with what to write instead."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.lower() in {"", "false", "0", "no", "off"}:
        return ()
    try:
        return tuple(ip_network(each.strip()) for each in text.split(","))
    except ValueError:
        raise PydanticCustomError(
            "networks",
            "Write networks or addresses by commas, as 10.20.0.0/16,192.0.2.7; leave it empty for none",
        ) from None


Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)]
"""Networks of a setting, written with commas between them."""

_WITHOUT_PASSWORD = re.compile(r"([a-z0-9+]+://[^:@/?#]+)(@.*)")
"""An address with a user and without a password."""

LENGTH_OF_A_KEY = 32
"""The least length of a secret key, in characters; a new one has twice as many, of sixteen kinds."""
_DIFFERENT = 8
"""The least number of different characters in a key. A random one of digits alone has more."""


def weakness_of_key(key: str) -> str | None:
    """Say why a secret key can be guessed; None for one that cannot, as far as its characters tell."""
    if len(key) < LENGTH_OF_A_KEY:
        return f"it has fewer than {LENGTH_OF_A_KEY} characters"
    if len(set(key)) < _DIFFERENT:
        return f"it has fewer than {_DIFFERENT} different characters"
    # What repeats a part of itself, to its end or broken off, goes on as it began from that part on.
    if any(key.startswith(key[part:]) for part in range(1, len(key) // 2 + 1)):
        return "it repeats a shorter text"
    return None


def _strong(key: SecretStr | None) -> SecretStr | None:
    # Of several generations the newest must hold. One that was replaced may be weak: that may be why it was.
    newest = "" if key is None else (key.get_secret_value().strip().splitlines() or [""])[-1].strip()
    weakness = None if key is None else weakness_of_key(newest)
    if weakness is not None:
        raise PydanticCustomError("weak_key", "The key is too weak: {weakness}.", {"weakness": weakness})
    return key


class Settings(BaseSettings):
    """Every setting with its default."""

    model_config = SettingsConfigDict(env_prefix="ANDA_", extra="forbid")

    database_url: Annotated[str, Field(description="SQLAlchemy address of the store.")] = "sqlite:///anda.db"
    database_password_file: Annotated[
        Path | None,
        Field(description="File of the database's password, which then does not stand in the address."),
    ] = None
    statement_seconds: Annotated[
        int, Field(ge=1, description="Seconds after which a statement of the service in the store is given up.")
    ] = 30
    parameters: Annotated[
        Path | None, Field(description="A deployment's own parameter file, laid over the shipped ones.")
    ] = None
    max_body_bytes: Annotated[int, Field(ge=1_000, description="Largest request body that is read, bytes.")] = 1_500_000
    today: Annotated[
        dt.date | None,
        Field(description="The service's day instead of the real one in Asia/Shanghai, for training and tests."),
    ] = None
    objections_a_minute: Annotated[
        int, Field(ge=1, description="Objections that an address may send a minute, to each worker process.")
    ] = 30
    objections_displayed: Annotated[
        int,
        Field(ge=1, description="Objections to a notice that are displayed as they come; others once decided."),
    ] = 100
    publisher: Annotated[str, Field(min_length=1, description="Who publishes the open data, by name.")] = (
        "乌兰察布市扶贫项目库"
    )
    oc4ids_prefix: Annotated[
        str, Field(pattern=r"^oc4ids-[a-z0-9]+$", description="The publisher's registered prefix for OC4IDS.")
    ] = "oc4ids-unregistered"
    person_key: Annotated[
        SecretStr | None,
        AfterValidator(_strong),
        Field(description="Secret that hashes the persons' numbers; without it, a file's is used."),
    ] = None
    person_key_file: Annotated[
        Path, Field(description="File of that secret, made with one where there is none. Keep it beside no backup.")
    ] = Path("anda.key")
    national_codes: Annotated[
        Path | None, Field(description="A deployment's own code tables of the national interface, over the shipped.")
    ] = None
    national_scope: Annotated[
        Path | None, Field(description="A list of items and how much of their fees counts in scope, by med_list_codg.")
    ] = None
    national_trusted: Annotated[
        Networks,
        Field(description="Networks, by commas, that call the national interface without a token: closed ones only."),
    ] = ()
    inner_networks: Annotated[
        Networks,
        Field(description="Networks, by commas, that see the metrics and the figures' fingerprint without a token."),
    ] = PRIVATE
    region: Annotated[
        str,
        Field(
            pattern=r"^[0-9]{2,6}$",
            description="Beginning of the divisions of insurance whose insured the national interface settles.",
        ),
    ] = "1509"
    lookups_a_day: Annotated[
        int,
        Field(ge=1, description="Persons that an institution may look up a day without a settlement of its own."),
    ] = 2_000
    lookups_an_hour: Annotated[int, Field(ge=1, description="The same within an hour.")] = 300
    reads_kept_days: Annotated[
        int, Field(ge=1, description="Days for which reads of persons, accounts and settlements stay on record.")
    ] = 180
    replies_kept_days: Annotated[
        int, Field(ge=1, description="Days for which the answer to an `Idempotency-Key` is kept.")
    ] = 30
    contact: Annotated[
        str | None,
        Field(max_length=200, description="Whom pages tell people to ask, instead of the supervision line."),
    ] = None
    public_address: Annotated[
        str | None,
        Field(
            pattern=r"^https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[1-9][0-9]{0,3}|:[1-5][0-9]{4}|:6[0-4][0-9]{3})?$",
            description="The address that people reach the service at; without it, the one that each request names.",
        ),
    ] = None
    trusted_proxies: Annotated[
        str,
        Field(description="Addresses or networks, by commas, of the proxies that say who asks and whether by TLS."),
    ] = "127.0.0.1"
    bills_a_minute: Annotated[
        int,
        Field(
            ge=1,
            description="Bills and household members that an address without a token may have calculated a minute, by "
            "each worker process.",
        ),
    ] = 10_000
    unlimited_networks: Annotated[
        Networks,
        Field(description="Addresses or networks, by commas, whose calculations are not limited."),
    ] = ()
    connections: Annotated[
        int, Field(ge=10, description="Connections that a worker process holds open; one more closes the idlest.")
    ] = 1_000
    head_seconds: Annotated[int, Field(ge=1, description="In which a request's head must have arrived, seconds.")] = 20
    body_seconds: Annotated[int, Field(ge=1, description="In which a request's body must have arrived, seconds.")] = 60
    answer_seconds: Annotated[
        int, Field(ge=1, description="In which a client must take 64 kB of an answer, or all of it, seconds.")
    ] = 60
    shutdown_seconds: Annotated[
        int, Field(ge=1, description="That requests have to end when the service is stopped, seconds.")
    ] = 20
    access_log: Annotated[bool, Field(description="Log a line for each request.")] = True

    @model_validator(mode="after")
    def _take_password(self) -> Self:
        """Put the password of its file into the database's address."""
        if self.database_password_file is None:
            return self
        try:
            password = self.database_password_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise _password_error("the file cannot be read") from None
        address = _WITHOUT_PASSWORD.fullmatch(self.database_url)
        if not password or address is None:
            raise _password_error("the file is empty" if address else "the address names no user, or a password too")
        self.database_url = f"{address[1]}:{quote(password, safe='')}{address[2]}"
        return self


def _password_error(reason: str) -> PydanticCustomError:
    return PydanticCustomError("database_password_file", "The password cannot be taken: {reason}.", {"reason": reason})


def load_parameters(settings: Settings) -> Parameters:
    """Load the shipped figures and lay the deployment's own over them. ParameterError stops the start."""
    parameters = load(shipped_files(), settings.parameters)
    check_figures(parameters)
    return parameters
