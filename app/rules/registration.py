"""The statuses of registration (建档立卡贫困人口), and which of them have the benefits (`docs/policy/index.md`)."""

from typing import Literal

Registration = Literal["none", "registered", "exited_with_policy", "exited_without_policy"]

BENEFITS: dict[Registration, bool] = {
    "none": False,
    "registered": True,
    "exited_with_policy": True,  # 脱贫不脱政策, reading R10
    "exited_without_policy": False,
}
"""Whether a status gives the benefits of the poor; age never matters."""

REASON: dict[Registration, str] = {
    "none": "not_registered",
    "registered": "registered_poor",
    "exited_with_policy": "policies_kept_after_exit",
    "exited_without_policy": "policies_ended_after_exit",
}
"""The reason by which a status grants or refuses a benefit."""
