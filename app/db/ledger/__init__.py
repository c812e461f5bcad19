"""The statements of the settlement ledger (结算台账)."""
