"""Requests to an object store, signed by AWS Signature Version 4 (the documentation of Amazon S3,
'Authenticating Requests: Using the Authorization Header')."""

import hashlib
import hmac
import http.client
import time
import urllib.parse

REGION = "us-east-1"


def keyed(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signature(secret_key, now, request_digest):
    """The signature of a canonical request, given by its SHA-256 in hex, at time `now`."""
    day = now[:8]
    scope = f"{day}/{REGION}/s3/aws4_request"
    key = f"AWS4{secret_key}".encode()
    for part in (day, REGION, "s3", "aws4_request"):
        key = keyed(key, part)
    return keyed(key, f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{request_digest}").hex()


def signed_headers(method, host, path, body, access_key, secret_key, now, query=""):
    """Headers of a request; `query` encoded and sorted by name, `now` as 20260131T235959Z."""
    headers = {"host": host, "x-amz-content-sha256": hashlib.sha256(body).hexdigest(),
               "x-amz-date": now}
    names = ";".join(headers)
    canonical = "\n".join((method, path, query, *(f"{k}:{v}" for k, v in headers.items()), "", names,
                           headers["x-amz-content-sha256"]))
    signed = signature(secret_key, now, hashlib.sha256(canonical.encode()).hexdigest())
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={access_key}/{now[:8]}/{REGION}/s3/aws4_request, "
        f"SignedHeaders={names}, Signature={signed}")
    return headers


def request(method, port, path, access_key, secret_key, body=b"", parameters=None, tls=None):
    """(status, body) of a request to the store on 127.0.0.1, under TLS by the context `tls`."""
    path = urllib.parse.quote(path)
    query = urllib.parse.urlencode(sorted((parameters or {}).items()), quote_via=urllib.parse.quote)
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    headers = signed_headers(method, f"127.0.0.1:{port}", path, body, access_key, secret_key, now,
                             query)
    connection = (http.client.HTTPConnection("127.0.0.1", port, timeout=10) if tls is None else
                  http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=tls))
    try:
        connection.request(method, f"{path}?{query}" if query else path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
