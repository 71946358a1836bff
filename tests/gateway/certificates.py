"""Certificates that a test signs by itself, for localhost and 127.0.0.1."""

import subprocess


def make_certificate(folder, name):
    """Paths of a new certificate and its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                    "-keyout", key, "-out", certificate],
                   check=True, capture_output=True, stdin=subprocess.DEVNULL)
    key.chmod(0o644)  # NGINX's workers may be another user
    return certificate, key
