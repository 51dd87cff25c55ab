"""A studio without engines: takes last as long as was measured, everything else is the real scheduler."""
