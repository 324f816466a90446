"""What can go wrong below the lines of the protocol. Owns: the errors' names. Must not: hold a secret in their text."""


class TransportError(ConnectionError):
    """A connection cannot go on. `str()` is one line for the log; `farewell` what the peer is told, "" for nothing it
    could read; `is_notable`: an operator should look, for it is no mere noise of a public port."""

    def __init__(self, text: str, farewell: str = "", is_notable: bool = False) -> None:
        super().__init__(text)
        self.farewell = farewell
        self.is_notable = is_notable


class CertificateError(Exception):
    """A certificate or key cannot be used, or made; `str()` is one sentence that names the file and the reason."""
