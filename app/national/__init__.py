"""The national platform's interface (国家医保信息平台接口), as hospitals' systems call it, on top of the ledger."""
