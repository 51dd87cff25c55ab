"""The graph's nodes, one file a phase. A node writes facts; where to go next follows from them."""
