"""Services on loopback that are as strict as the real ones."""
