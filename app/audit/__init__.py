"""Files of bills, reimbursed row by row: what `anda reimburse FILE` does."""
