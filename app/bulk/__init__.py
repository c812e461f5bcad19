"""Files of bills (批量报销): read, reimbursed in columns, written."""
