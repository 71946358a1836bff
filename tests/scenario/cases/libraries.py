"""What the dynamic linker makes of the program's libraries."""

import collections
import os
import re

from cases import scenario

EMBEDDED_ONLY = "is about what the program links"

BOUND = re.compile(r"binding file (\S+) \[0\] to (\S+) \[0\]: normal symbol `(\w+)'")
OPENSSL = re.compile(r"(ASN1|BIO|BN|CRYPTO|ERR|EVP|HMAC|OPENSSL|OSSL|RAND|SSL|TLS|X509)_")
ITS_OWN = ("libcrypto.so", "libssl.so")


@scenario("whoever calls OpenSSL gets the system's, and not the copy that libparquet exports", fast=True)
def one_openssl(stage):
    """docs/decisions/0001. libparquet's own calls are left out: they are for encrypted files, which
    nobody here reads."""
    done = stage.program.run("--version", environment={"LD_BIND_NOW": "1", "LD_DEBUG": "bindings"})
    assert done.returncode == 0, done.stderr[-2000:]
    bound = collections.defaultdict(set)
    for caller, callee, symbol in BOUND.findall(done.stderr):
        if OPENSSL.match(symbol) and not os.path.basename(caller).startswith("libparquet"):
            bound[os.path.basename(callee)].add((os.path.basename(caller), symbol))
    strangers = {callee: sorted(calls)[:5] for callee, calls in bound.items() if not callee.startswith(ITS_OWN)}
    assert not strangers, f"calls into OpenSSL are bound to another copy: {strangers}"
    callers = {caller.partition(".")[0] for calls in bound.values() for caller, _ in calls}
    assert {"libpq", "librdkafka", "libssl"} <= callers, f"only {callers} call OpenSSL: look again"
