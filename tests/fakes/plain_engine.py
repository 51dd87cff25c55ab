"""An engine for an interpreter that cannot import our packages: standard library of Python 3.7 only."""

import sys


class BusyError(Exception):
    """Crosses as a StudioError, by its shape."""

    reason = "ProviderBusy"
    say = "Not now."
    retry_after = 7.0


class Plain:
    def load(self, weights):
        self.weights = weights

    def run(self, request, inputs, out, seed, progress):
        progress(1)
        if request.get("busy"):
            raise BusyError
        out.write_text(f"{sys.version_info[0]}.{sys.version_info[1]} {sys.prefix}")

    def close(self):
        pass
