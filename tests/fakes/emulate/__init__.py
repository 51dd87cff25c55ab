"""A third party's Slack emulator (npm, pinned), made usable for Slack's async Python client."""
