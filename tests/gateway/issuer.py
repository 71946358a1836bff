"""Who signs viewers' tokens: RSA keys of openssl, the key set that a server reads, tokens right and wrong."""

import base64
import hashlib
import hmac
import json
import subprocess
import time
from pathlib import Path

ISSUER, AUDIENCE = "https://issuer.test", "marquee"


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, given=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=given, check=True, capture_output=True).stdout


class Key:
    """One that openssl made; `name` is what tokens call it (`kid`)."""

    def __init__(self, folder, name):
        self.name, self.file = name, Path(folder) / f"{name}.pem"
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.file)
        text = openssl("rsa", "-in", self.file, "-noout", "-modulus").decode().strip()
        self.modulus = bytes.fromhex(text.removeprefix("Modulus="))

    def sign(self, data):
        return openssl("dgst", "-sha256", "-sign", self.file, given=data)

    def public(self):
        return {"kty": "RSA", "kid": self.name, "use": "sig", "alg": "RS256", "n": encoded(self.modulus),
                "e": encoded(b"\x01\x00\x01")}


class Issuer:
    """Knows one key; a stranger has another under the same name."""

    def __init__(self, folder):
        self.key = Key(folder, "key-1")
        (Path(folder) / "stranger").mkdir()
        self.stranger = Key(Path(folder) / "stranger", "key-1")
        self.key_set = Path(folder) / "jwks.json"
        self.key_set.write_text(json.dumps({"keys": [self.key.public()]}))

    def settings(self):
        return {"identity.jwks_file": self.key_set, "identity.jwt_issuer": ISSUER,
                "identity.jwt_audience": AUDIENCE}

    def token(self, role, sign=None, algorithm="RS256", **claims):
        now = int(time.time())
        head = {"alg": algorithm, "kid": self.key.name, "typ": "JWT"}
        body = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "iat": now, "exp": now + 3600, "role": role, **claims}
        signed = ".".join(encoded(json.dumps(part).encode()) for part in (head, body))
        return f"{signed}.{encoded((sign or self.key.sign)(signed.encode()))}"

    def bad_tokens(self, role):
        """Name to a token that nobody must take for one of `role`."""
        now = int(time.time())
        right = self.token(role)
        head, body, signature = right.split(".")
        mine = json.dumps(self.key.public()).encode()
        return {
            "expired": self.token(role, iat=now - 7200, exp=now - 3600),
            "not yet valid": self.token(role, nbf=now + 3600),
            "without an end": self.token(role, exp=None),
            "another issuer's": self.token(role, iss="https://other.test"),
            "for somebody else": self.token(role, aud="another"),
            "a stranger's": self.token(role, sign=self.stranger.sign),
            "unsigned": self.token(role, sign=lambda _: b"", algorithm="none"),
            "by the public key as a secret": self.token(
                role, algorithm="HS256", sign=lambda data: hmac.new(mine, data, hashlib.sha256).digest()),
            "another's body": ".".join((head, self.token("admin" if role != "admin" else "operator").split(".")[1],
                                        signature)),
            "cut off": ".".join((head, body, signature[:-8])),
        }
