"""Every call of the document that the program serves (/openapi.json), as every role of x-roles, without a token, and
with tokens that are expired, forged or another's: what the document says is what is let in."""

import json
import re
import tempfile
import unittest

from gateway_case import Asking
from issuer import Issuer
from program_gateway import ProgramGateway

ROLES = ("viewer-client", "service", "analyst", "operator", "admin")
EVENT = {"user_id": "ann", "movie_id": "1", "event_type": "click"}
OPERATIONS = ("get", "post", "put", "delete", "patch")


class Call:
    """One of the document, about the viewer ann; what it would change is refused as malformed, once let in."""

    def __init__(self, path, method, operation):
        self.name = f"{method.upper()} {path}"
        self.method, self.roles = method.upper(), set(operation["x-roles"])
        self.open = operation.get("security") in ([], None) or {} in operation["security"]
        named = {"/api/users/": "ann", "/api/events/": "018f0000-0000-7000-8000-000000000001"}
        value = next((value for start, value in named.items() if path.startswith(start)), "no-such")
        self.path = re.sub(r"\{[^}]*\}", value, path)
        if any(each.get("name") == "user_id" for each in operation.get("parameters", [])):
            self.path += "?user_id=ann"
        self.body = None
        if "requestBody" in operation:
            self.body = json.dumps(EVENT) if path == "/api/events" else "["
        self.whole = not path.endswith("/stream")

    def lets_in(self, role):
        return role in self.roles or "anonymous" in self.roles


class MatrixTests(Asking):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="marquee-matrix-"))
        cls.issuer = Issuer(folder)
        cls.gateway = ProgramGateway(f"{folder}/server", {
            **cls.issuer.settings(), "identity.viewing": cls.viewing, "gateway.requests_per_min": 0})
        cls.addClassCleanup(cls.gateway.end)
        cls.tokens = {role: cls.issuer.token(role) for role in ROLES}

    def setUp(self):
        document = self.ask("/openapi.json").json()
        self.calls = [Call(path, method, operation) for path, item in document["paths"].items()
                      for method, operation in item.items() if method in OPERATIONS]
        self.assertGreater(len(self.calls), 30)

    def status(self, call, token=None):
        headers = {"Content-Type": "application/json"} if call.body else {}
        if token is not None:
            headers["Authorization"] = "Bearer " + token
        return self.ask(call.path, call.method, headers=headers, body=call.body, whole=call.whole).status

    def assert_let_in(self, call, status, who):
        self.assertNotIn(status, (401, 403), f"{call.name} as {who}")
        self.assertLess(status, 500, f"{call.name} as {who}")

    def test_every_role_is_let_in_where_the_document_says(self):
        for call in self.calls:
            for role, token in self.tokens.items():
                status = self.status(call, token)
                if call.lets_in(role):
                    self.assert_let_in(call, status, role)
                else:
                    self.assertEqual(status, 403, f"{call.name} as {role}")

    def test_without_a_token_only_what_the_document_opens(self):
        for call in self.calls:
            status = self.status(call)
            if call.lets_in(self.without):
                self.assert_let_in(call, status, self.without)
                self.assertTrue(call.open, call.name)
            else:
                self.assertEqual(status, 401, f"{call.name} as {self.without}")

    def test_a_bad_token_opens_nothing(self):
        for what, token in self.issuer.bad_tokens("admin").items():
            for call in self.calls:
                status = self.status(call, token)
                if "anonymous" in call.roles:
                    self.assert_let_in(call, status, what)
                else:
                    self.assertEqual(status, 401, f"{call.name} with a token that is {what}")

    def test_a_viewers_token_reaches_no_other_viewer(self):
        other = self.issuer.token("viewer-client", sub="bob")
        about_ann = [call for call in self.calls if "viewer-client" in call.roles
                     and ("ann" in call.path or call.body)]
        self.assertGreater(len(about_ann), 4)
        for call in about_ann:
            self.assertEqual(self.status(call, other), 403, call.name)


class WhereViewingIsOpen(MatrixTests, unittest.TestCase):
    viewing, without = "anyone", "guest"


class WhereViewingWantsAToken(MatrixTests, unittest.TestCase):
    viewing, without = "token", "anonymous"


if __name__ == "__main__":
    unittest.main()
