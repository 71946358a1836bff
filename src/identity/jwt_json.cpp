#include "identity/jwt_json.h"

#include <simdjson.h>
#include <sodium.h>

namespace marquee::identity {
namespace {

namespace dom = simdjson::dom;

std::optional<std::vector<std::string>> texts_of(const dom::array& array) {
  std::vector<std::string> texts;
  for (const dom::element item : array) {
    std::string_view text;
    if (item.get(text) != simdjson::SUCCESS) return std::nullopt;
    texts.emplace_back(text);
  }
  return texts;
}

JwtValue value_of(const dom::element& element) {
  if (element.is_string()) return std::string(element.get_string().value());
  if (element.is_number()) return element.get_double().value();
  if (!element.is_array()) return JwtOther{};
  auto texts = texts_of(element.get_array().value());
  return texts ? JwtValue(*std::move(texts)) : JwtValue(JwtOther{});
}

std::optional<JwtObject> object_of(const dom::element& element) {
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return std::nullopt;
  JwtObject members;
  for (const auto member : object) {
    if (!members.emplace(std::string(member.key), value_of(member.value)).second) {
      return std::nullopt;
    }
  }
  return members;
}

}  // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  const int failed = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                                       text.data(), text.size(), nullptr, &size, nullptr,
                                       sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  if (failed != 0) return std::nullopt;
  bytes.resize(size);
  return bytes;
}

std::optional<JwtObject> read_jwt_object(std::string_view json) {
  dom::parser parser;
  dom::element root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  return object_of(root);
}

std::optional<std::vector<JwtObject>> read_jwk_set(std::string_view json) {
  dom::parser parser;
  dom::element root;
  dom::array keys;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  if (!root.is_object() || root["keys"].get(keys) != simdjson::SUCCESS) return std::nullopt;
  std::vector<JwtObject> objects;
  for (const dom::element key : keys) {
    if (auto object = object_of(key)) objects.push_back(*std::move(object));
  }
  return objects;
}

std::optional<std::string> text_member(const JwtObject& object, std::string_view name) {
  const auto member = object.find(name);
  if (member == object.end()) return std::nullopt;
  const auto* text = std::get_if<std::string>(&member->second);
  return text == nullptr ? std::nullopt : std::optional(*text);
}

}  // namespace marquee::identity
