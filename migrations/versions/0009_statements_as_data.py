"""What a message booked is kept as data beside its answer, so that no answer is read back.

A message of the national platform keeps its statement, one of `/v1` the working of its settlement, amounts in fen.
Those of the earlier messages are made from the stored answers, here and for the last time.

Revision: 0009, after 0008
"""

import json
import zlib
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SETTLEMENTS = sa.table("settlements", *map(sa.column, ("id", "kind", "answer")))
MESSAGES = sa.table(
    "messages",
    *map(sa.column, ("institution", "interface", "message_id", "settlement_id", "answer", "statement", "working")),
)
KEY = [MESSAGES.c[name] for name in ("institution", "interface", "message_id")]

MONEY = {
    *("medfee_sumamt", "fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt", "act_pay_dedc"),
    *("hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay", "fund_pay_sumamt"),
    *("psn_part_amt", "acct_pay", "psn_cash_pay", "pdn_cash_pay", "hosp_part_amt", "balc", "acct_mulaid_pay"),
    "hifdm_pay",
}
RATIO = "pool_prop_selfpay"

Data = dict[str, Any]


def upgrade() -> None:
    for name in ("statement", "working"):
        op.add_column("messages", sa.Column(name, sa.LargeBinary()))
    connection = op.get_bind()
    national = MESSAGES.c.interface.in_(("2207", "2208", "2304", "2305")) & MESSAGES.c.answer.is_not(None)
    for key in connection.execute(sa.select(*KEY).where(national)).all():
        answer = connection.execute(sa.select(MESSAGES.c.answer).where(_is(key))).scalar_one()
        output = _parse(zlib.decompress(answer))["output"]
        connection.execute(sa.update(MESSAGES).where(_is(key)).values(statement=_pack(_statement(output))))
    settled = sa.select(*KEY, SETTLEMENTS.c.id).where(
        MESSAGES.c.interface == "v1",
        SETTLEMENTS.c.id == MESSAGES.c.settlement_id,
        SETTLEMENTS.c.kind == "settlement",
    )
    for *message, number in connection.execute(settled).all():
        answers = connection.execute(sa.select(SETTLEMENTS.c.answer).where(SETTLEMENTS.c.id == number)).scalar_one()
        chinese = _parse(zlib.decompress(answers).partition(b"\n")[0])
        working = _pack(_working(chinese["reimbursement"]))
        connection.execute(sa.update(MESSAGES).where(_is(message)).values(working=working))


def downgrade() -> None:
    for name in ("statement", "working"):
        op.drop_column("messages", name)


def _is(key: Any) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == value for column, value in zip(KEY, key, strict=True)))


def _statement(output: Data) -> Data:
    info = output["setlinfo"]
    amounts = {name: _fen(value) for name, value in info.items() if name in MONEY}
    return {
        "texts": {name: value for name, value in info.items() if name not in MONEY and name != RATIO},
        "amounts": {"hifdm_pay": 0, "pdn_cash_pay": amounts["psn_cash_pay"], **amounts},
        "fund_ratio": _points(info[RATIO]),
        "shares": [
            {
                "code": row["fund_pay_type"],
                "name": row["fund_pay_type_name"],
                "base": _fen(row["inscp_scp_amt"]),
                "year_room": _fen(row["crt_payb_lmt_amt"]),
                "paid": _fen(row["fund_payamt"]),
                "description": row["setl_proc_info"],
            }
            for row in output["setldetail"]
        ],
    }


def _working(reimbursement: Data) -> Data:
    guarantee = reimbursement["guarantee"]
    return {
        "layers": [_layer(layer) for layer in reimbursement["layers"]],
        "guarantee": guarantee and {"floor_ratio": _points(guarantee["floor_ratio"]), "paid": _fen(guarantee["paid"])},
    }


def _layer(layer: Data) -> Data:
    return {
        **{name: layer[name] for name in ("layer", "outcome", "limited_by")},
        **{name: _fen(layer[name]) for name in ("base", "deductible", "due", "paid", "left")},
        "tiers": [
            {
                **{name: _fen(tier[name]) for name in ("above", "up_to", "amount", "pays")},
                "rate": _points(tier["rate"]),
            }
            for tier in layer["tiers"]
        ],
        "reasons": [reason["text"] for reason in layer["reasons"]],
    }


def _fen(yuan: Decimal | str | None) -> int | None:
    return None if yuan is None else int(Decimal(yuan) * 100)


def _points(rate: Decimal | str) -> int:
    return int(Decimal(rate) * 10_000)


def _parse(answer: bytes) -> Any:
    return json.loads(answer, parse_float=Decimal)


def _pack(data: Data) -> bytes:
    return zlib.compress(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode())
