"""Speed of the heavy engines at full size, on random weights, beside the upstream call a user would write."""
