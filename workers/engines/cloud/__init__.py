"""What engines behind a vendor's API share: receipts, clients, sound as it comes over the wire."""
