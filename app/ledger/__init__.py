"""The settlement ledger (结算台账): settlements, reversals, the year to date, the fund's budget."""
