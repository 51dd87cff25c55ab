"""Training: a founder's recordings → weights that speak more like them."""
