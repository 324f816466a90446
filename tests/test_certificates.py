"""The files of a certificate: made by the server, refused with a reason when they cannot be used."""

import ipaddress
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chat.storage.config import load_config
from chat.transport.certificates import load_context, make_certificate
from chat.transport.errors import CertificateError
from tests.forked import run_forked
from tests.harness import IrcClient
from tests.process import ServerProcess, run
from tests.secure import certificate, client_context, fingerprint_of, put_certificate, use_tls


def test_a_certificate_is_made_for_names_and_addresses(tmp_path: Path) -> None:
    told = make_certificate(tmp_path / "new", ["chat.example.org", "192.0.2.7", "::1", "grün.example"])
    file, key = tmp_path / "new/cert.pem", tmp_path / "new/key.pem"
    made = x509.load_pem_x509_certificate(file.read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["chat.example.org", "xn--grn-ioa.example"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("192.0.2.7"), ipaddress.ip_address("::1")]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert fingerprint_of(file.read_bytes()) in told
    assert 'certificate = "cert.pem"' in told and "tls = true" in told
    load_context(file, key)


@pytest.mark.parametrize("there", ["cert.pem", "key.pem"])
def test_nothing_is_overwritten(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(CertificateError, match="is there already; nothing was changed"):
        make_certificate(tmp_path, ["chat.example.org"])
    assert [file.name for file in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "mine"


@pytest.mark.parametrize("host", ["", "a..b", "x" * 70 + ".example"])
def test_what_is_no_host_gets_no_certificate(tmp_path: Path, host: str) -> None:
    with pytest.raises(CertificateError, match="a certificate cannot be made for"):
        make_certificate(tmp_path, [host])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("cert.pem", None, "cert.pem: cannot be read: No such file or directory"),
        ("key.pem", None, "key.pem: cannot be read: No such file or directory"),
        ("cert.pem", b"nonsense", "cert.pem: holds no certificate in PEM form"),
        ("cert.pem", b"", "cert.pem: holds no certificate in PEM form"),
        ("key.pem", b"nonsense", "key.pem: holds no private key in PEM form"),
        ("key.pem", b"other", "key.pem: is not the key of the certificate"),
        ("key.pem", b"locked", "key.pem: the key is protected by a passphrase"),
    ],
)
def test_a_file_that_cannot_be_used_stops_the_start(
    tmp_path: Path, name: str, content: bytes | None, reason: str
) -> None:
    put_certificate(tmp_path)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(
            {b"other": certificate("other.test")[1], b"locked": locked()}.get(content, content)
        )
    (tmp_path / "server.toml").write_text('[tls]\ncertificate = "cert.pem"\nkey = "key.pem"\n')
    with pytest.raises(CertificateError, match=reason):
        load_context(tmp_path / "cert.pem", tmp_path / "key.pem")
    for option in ("--check-config", "--verbose"):
        ended = run_forked("--data", str(tmp_path), "--port", "0", option)
        assert ended.returncode == 1
        assert ended.stderr.startswith(f"parley: {tmp_path}/{name}: ") and reason in ended.stderr
        assert ended.stderr.count("\n") == 1


def locked() -> bytes:
    """A key under a passphrase."""
    form = serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(serialization.Encoding.PEM, *form)


def test_certificate_and_key_may_share_a_file(tmp_path: Path) -> None:
    (tmp_path / "both.pem").write_bytes(b"".join(certificate("parley.test")))
    (tmp_path / "server.toml").write_text('[tls]\ncertificate = "both.pem"\n')
    tls = load_config(None, tmp_path, {}).tls
    load_context(Path(tls.certificate), Path(tls.key))


def test_names_of_files_are_relative_to_the_configuration_or_else_to_the_data(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "data").mkdir()
    file = tmp_path / "etc/parley.toml"
    file.write_text('[tls]\ncertificate = "cert.pem"\nkey = "/elsewhere/key.pem"\n')
    tls = load_config(file, tmp_path / "data", {}).tls
    assert (tls.certificate, tls.key) == (str(tmp_path / "etc/cert.pem"), "/elsewhere/key.pem")
    put_certificate(tmp_path / "data")
    assert load_config(file, tmp_path / "data", {}).tls.certificate == str(tmp_path / "data/cert.pem")


def test_from_no_certificate_to_a_connection(tmp_path: Path) -> None:
    made = run("--data", str(tmp_path), "--make-certificate", "localhost", "127.0.0.1")
    assert made.returncode == 0
    (tmp_path / "server.toml").write_text(made.stdout.partition("\n\n")[2])
    again = run("--data", str(tmp_path), "--make_certificate")
    assert (again.returncode, again.stderr) == (
        1,
        f"parley: {tmp_path}/cert.pem is there already; nothing was changed\n",
    )
    with ServerProcess(tmp_path) as server:
        wren = use_tls(IrcClient(server.port), client_context())
        wren.register("wren")
        assert any(" 671 " in line for line in wren.ask("WHOIS wren"))
        wren.close()
