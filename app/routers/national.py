"""The national platform's interface (国家医保信息平台接口): one address for all transactions, or one for each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Security
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from app.http.address_tokens import token_in_address
from app.http.addresses import Network, Proxies, address_of, is_in
from app.http.authentication import Bearer, bearer_token, note_token
from app.http.origin import is_foreign
from app.http.problems import OpenApiResponses, ProblemError, problems
from app.http.responses import JSON
from app.national.dispatcher import Dispatcher, Sender
from app.national.texts import TransactionRefusedError
from app.national.transactions import TRANSACTIONS

TAG = "National interface"

Key = Annotated[
    str | None,
    Security(
        APIKeyHeader(
            name="apikey",
            scheme_name="HospitalKey",
            auto_error=False,
            description="A hospital's token (机构令牌), where its system can send no `Authorization`.",
        )
    ),
]

TokenInAddress = Annotated[
    str,
    Path(
        description="A hospital's token that is bound to a network (绑定网段的机构令牌). No log and no answer has it."
    ),
]
"""Declares the token in the OpenAPI document. The path that the endpoint sees has none: `token_in_address` reads it."""

_LISTED = ", ".join(f"`{infno}`" for infno in TRANSACTIONS)

_ENVELOPE: dict[str, object] = {
    "type": "object",
    "description": "The platform's envelope (报文). Only what is named here is read; all else is ignored.",
    "properties": {
        "infno": {"type": "string", "description": f"Transaction (交易编号): {_LISTED}.", "examples": ["2304"]},
        "msgid": {
            "type": "string",
            "maxLength": 30,
            "description": "The sender's number of this message (发送方报文ID).",
        },
        "fixmedins_code": {
            "type": "string",
            "maxLength": 30,
            "description": "Code of the institution (定点医药机构编号).",
        },
        "insuplc_admdvs": {
            "type": "string",
            "description": "Division of insurance (参保地医保区划); echoed by 1101. Bills of another one are refused.",
        },
        "inf_time": {
            "type": "string",
            "description": "When it was sent (交易时间): 2018-05-20 10:00:00; the service date where no other is given",
        },
        "input": {
            "description": "The transaction's fields (交易输入): an object, or the same as JSON text, with or without "
            "the node `data` around them; fees as a list `feedetail`. Amounts in yuan as numbers or text, at most two "
            "decimals.",
            "anyOf": [{"type": "object", "additionalProperties": True}, {"type": "string"}],
        },
    },
    "required": ["msgid", "fixmedins_code", "input"],
    "additionalProperties": True,
}

_ANSWER: dict[str, object] = {
    "type": "object",
    "description": "The platform's answer; HTTP 200 whatever became of the transaction.",
    "properties": {
        "infcode": {
            "type": ["string", "integer"],
            "description": "0 carried out, -1 refused and nothing stored (交易状态码); text, or a number where the "
            "deployment's codes say so.",
        },
        "inf_refmsgid": {"type": "string", "description": "The receiver's number of the message (接收方报文ID)."},
        "refmsg_time": {"type": "string", "description": "When it was received, yyyyMMddHHmmssSSS."},
        "respond_time": {"type": "string", "description": "When it was answered, yyyyMMddHHmmssSSS."},
        "err_msg": {
            "type": "string",
            "maxLength": 200,
            "description": "Why it was refused; empty on success (错误信息).",
        },
        "output": {
            "type": ["object", "null"],
            "description": "What the transaction answers (交易输出), in the platform's nodes and fields.",
        },
        "warn_msg": {"type": "string", "description": "What the sender should know all the same (提示信息)."},
    },
    "required": ["infcode", "inf_refmsgid", "refmsg_time", "respond_time", "err_msg", "output", "warn_msg"],
}

_EXAMPLE: dict[str, object] = {
    "infno": "2303",
    "msgid": "H15090200001201805201000000001",
    "mdtrtarea_admvs": "150902",
    "insuplc_admdvs": "150923",
    "infver": "V1.0",
    "opter_type": "1",
    "opter": "001",
    "opter_name": "收费员",
    "inf_time": "2018-05-20 10:00:00",
    "fixmedins_code": "H15090200001",
    "fixmedins_name": "示例医院",
    "input": {
        "data": {
            "psn_no": "15092300001",
            "mdtrt_cert_type": "03",
            "mdtrt_id": "150900G0000001",
            "medfee_sumamt": 186000.00,
            "psn_setlway": "01",
            "insutype": "390",
            "acct_used_flag": "0",
            "mid_setl_flag": "0",
            "fulamt_ownpay_amt": 9000.00,
            "overlmt_selfpay": 1000.00,
            "preselfpay_amt": 5000.00,
            "inscp_scp_amt": 171000.00,
            "dscgTime": "2018-05-20",
        }
    },
}

_REQUEST: dict[str, object] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": _ENVELOPE,
                "examples": {"trial": {"summary": "A stay is tried before it is settled (2303)", "value": _EXAMPLE}},
            }
        },
    },
    # A closed network may need no token.
    "security": [{}],
}

_RESPONSES: OpenApiResponses = {
    200: {"description": "The transaction's outcome, in the envelope.", "content": {JSON: {"schema": _ANSWER}}}
}


@dataclass(frozen=True, slots=True)
class Door:
    """The dispatcher, and who needs no token: clients in some networks, unless a proxy that nobody named hides them."""

    dispatcher: Dispatcher
    trusted: Sequence[Network]
    proxies: Proxies

    def why_refused(self, request: Request) -> str | None:
        """Return the code of the refusal of a request without a token; None where it needs none.

        A page that is open in the closed network must not be able to call: its browser names the page's site, and can
        send JSON to another site only after asking, which this service never allows.
        """
        if not self.trusted:
            return "no_key"
        if self.proxies.is_unnamed(request.scope) or not is_in(request, self.trusted):
            return "network_unknown"
        if is_foreign(request):
            return "site_foreign"
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        return None if media_type == JSON else "not_json"


_UNREADABLE = {"body-too-large": "too_large", "unsupported-encoding": "encoded"}
"""The refusals of a body that is not read, by the problem that it is to others."""


def attach(app: Starlette, door: Door) -> None:
    """Give an application its national interface."""
    app.state.national_door = door


async def _door(request: Request) -> Door:
    door: Door = request.app.state.national_door
    return door


DoorDep = Annotated[Door, Depends(_door)]


class AnySpellingRoute(APIRoute):
    """A route whose address may have a slash at its end, and letters of either case."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.path_regex = re.compile(f"{self.path_regex.pattern.removesuffix('$')}/?$", re.IGNORECASE)


router = APIRouter(route_class=AnySpellingRoute, prefix="/fsi", tags=[TAG])


@router.post("/callService", responses={**_RESPONSES, **problems(503)}, openapi_extra=_REQUEST)
async def call_national_service(request: Request, door: DoorDep, bearer: Bearer, key: Key) -> Response:
    """Carry out a transaction of the national platform; `infno` in the body says which.

    The institution's token comes as `Authorization: Bearer` or as the header `apikey`, and belongs to
    `fixmedins_code`. Every outcome is HTTP 200 with `infcode`; -1 always means that nothing was stored. A write
    with the same `msgid` and the same input is answered as before, with another input it is refused. 503 means
    that nobody knows whether it was kept: ask again with the same `msgid`, or take the message back (2601).
    """
    return await _respond(door, request, None)


@router.post("/{infno}", responses={**_RESPONSES, **problems(503)}, openapi_extra=_REQUEST)
async def call_national_transaction(request: Request, infno: str, door: DoorDep, bearer: Bearer, key: Key) -> Response:
    """Carry out the transaction that the address names; the body's `infno` may be left out, and may not differ."""
    return await _respond(door, request, infno)


@router.post("/{token}/callService", responses={**_RESPONSES, **problems(503)}, openapi_extra=_REQUEST)
async def call_national_service_by_address(request: Request, token: TokenInAddress, door: DoorDep) -> Response:
    """Carry out a transaction for a system that can send no header of its own: its token stands in the address.

    Only a token that is bound to a network (`anda token create --network`) is taken here, and only from that network;
    any other is refused as one that is unknown. Headers with a token are not read. The case of letters, and a slash at
    the end, make no difference. All else is as at `/fsi/callService`.
    """
    return await _respond(door, request, None, in_address=True)


def _token_in_header(request: Request) -> str | None:
    return bearer_token(request) or request.headers.get("apikey", "").strip() or None


async def _respond(door: Door, request: Request, infno: str | None, *, in_address: bool = False) -> Response:
    dispatcher = door.dispatcher
    token = token_in_address(request.scope) if in_address else _token_in_header(request)
    known_address = door.proxies.known_address(request.scope)
    sender = Sender(token, address_of(request), door.why_refused(request), known_address, in_address)
    try:
        # The token first: whoever has none makes the service read nothing.
        holder = await dispatcher.authenticate(sender)
        body = await request.body()
    except TransactionRefusedError as refusal:
        return Response(dispatcher.refuse_unread(refusal), media_type=JSON)
    except ProblemError as unreadable:
        unread = TransactionRefusedError(_UNREADABLE[unreadable.slug])
        return Response(dispatcher.refuse_unread(unread), media_type=JSON)
    finally:
        if token is not None:
            note_token(request.scope, sender.token_id)
    answer = await dispatcher.answer(body, infno, sender, holder, request.headers.get("content-type", ""))
    return Response(answer, media_type=JSON)
