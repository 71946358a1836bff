"""Tests of tools/api_document.py: python3 -m unittest discover -s tools/tests -p '*_test.py'"""

import json
import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import api_document  # noqa: E402


class ApiDocument(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = api_document.load(ROOT / "openapi/openapi.yaml")
        cls.page = api_document.to_html(cls.document).decode()

    def references(self, node):
        if isinstance(node, dict):
            yield from ([node["$ref"]] if isinstance(node.get("$ref"), str) else [])
            node = list(node.values())
        if isinstance(node, list):
            for item in node:
                yield from self.references(item)

    def test_every_reference_leads_somewhere(self):
        for reference in set(self.references(self.document)):
            self.assertIsInstance(api_document.resolve(self.document, {"$ref": reference}), dict)

    def test_every_part_is_used(self):
        used = set(self.references(self.document))
        for kind, parts in self.document["components"].items():
            for name in parts if kind != "securitySchemes" else ():
                self.assertIn(f"#/components/{kind}/{name}", used)

    def test_the_program_gets_the_document_whole(self):
        self.assertEqual(json.loads(api_document.to_json(self.document)), self.document)

    def test_every_answer_object_is_closed(self):
        open_by_intent = {"OptionalCount", "Count"}
        for name, schema in self.document["components"]["schemas"].items():
            if "properties" in schema and name not in open_by_intent:
                self.assertIs(schema["additionalProperties"], False, name)
                self.assertLessEqual(set(schema["required"]), set(schema["properties"]), name)

    def test_every_link_of_the_page_has_its_target(self):
        targets = set(re.findall(r'id="?([\w-]+)', self.page))
        for link in re.findall(r'href="#([^"]+)"', self.page):
            self.assertIn(link, targets)
        self.assertEqual(len(targets), len(re.findall(r'id="?([\w-]+)', self.page)), "an id twice")

    def test_every_call_is_on_the_page_once(self):
        for _, _, operation, _ in api_document.operations_of(self.document):
            self.assertEqual(self.page.count(f'<article id="{operation["operationId"]}"'), 1)

    def test_text_is_escaped_and_backticks_are_code(self):
        self.assertEqual(api_document.text("a < `b & c`"), "a &lt; <code>b &amp; c</code>")

    def test_a_type_is_one_readable_line(self):
        for schema, want in (({"type": "integer", "minimum": 1, "maximum": 9}, "integer, 1–9"),
                             ({"type": ["string", "null"]}, "string or null"),
                             ({"type": "array", "items": {"type": "string"}, "minItems": 1},
                              "array of string, at least 1"),
                             ({"type": "string", "maxLength": 9}, "string, at most 9 characters"),
                             ({"enum": ["a", "b"]}, "<code>a</code> · <code>b</code>"),
                             ({"$ref": "#/x/Id"}, '<a href="#schema-Id">Id</a>')):
            self.assertEqual(api_document.type_of(schema), want)


if __name__ == "__main__":
    unittest.main()
