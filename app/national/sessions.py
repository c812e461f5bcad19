"""9001 signs in, 9002 signs out: the first and the last call of a day. Nothing is kept."""

import secrets

from app.clock import time_on
from app.national.context import TransactionContext, TransactionResult
from app.national.setlinfo import format_local_time


def sign_in(context: TransactionContext) -> TransactionResult:
    """9001: answer a sign-in number. The envelope carries it; nothing is checked against it.

    Some systems read the number from `result`.
    """
    number = f"{context.moment.today:%Y%m%d}{secrets.token_hex(8)}"
    sign_time = format_local_time(time_on(context.moment.today, context.moment.at))
    return TransactionResult({"signinoutb": {"sign_no": number, "sign_time": sign_time}, "result": {"sign_no": number}})


def sign_out(context: TransactionContext) -> TransactionResult:
    """9002: answer the time of signing out."""
    return TransactionResult(
        {"signoutoutb": {"sign_time": format_local_time(time_on(context.moment.today, context.moment.at))}}
    )
