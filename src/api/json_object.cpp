#include "api/json_object.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

namespace marquee::api {
namespace {

using simdjson::dom::element_type;

/// More would only make a hostile body's answer long.
constexpr std::size_t kBodyErrorsMax = 10;
constexpr std::size_t kFieldBytesShownMax = 100;

std::optional<std::vector<std::string>> strings_of(simdjson::dom::element element) {
  std::vector<std::string> texts;
  for (const simdjson::dom::element item :
       simdjson::dom::array(element.get_array().value_unsafe())) {
    std::string_view text;
    if (item.get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
    texts.emplace_back(text);
  }
  return texts;
}

JsonMember member_of(std::string_view name, simdjson::dom::element element) {
  JsonMember member{std::string(name), JsonMember::Other{}};
  switch (element.type()) {
    case element_type::STRING:
      member.value = std::string(element.get_string().value_unsafe());
      return member;
    case element_type::BOOL:
      member.value = element.get_bool().value_unsafe();
      return member;
    case element_type::DOUBLE:
    case element_type::INT64:
    case element_type::UINT64:
      member.value = element.get_double().value_unsafe();
      return member;
    case element_type::ARRAY:
      if (auto texts = strings_of(element)) {
        member.value = *std::move(texts);
        return member;
      }
      break;
    default:
      break;
  }
  member.value = JsonMember::Other{simdjson::minify(element)};
  return member;
}

}  // namespace

JsonObject::JsonObject(std::string_view json, std::string pointer, Names known)
    : pointer_(std::move(pointer)) {
  parse(json, known);
}

std::string JsonObject::pointer_to(std::string_view name) const {
  std::string pointer = pointer_ + "/";
  for (const char c : name.substr(0, kFieldBytesShownMax)) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

std::string media_type(const http::Request& request) {
  const std::string_view header = request.header("content-type").value_or("");
  std::string type(header.substr(0, header.find(';')));
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  return type;
}

JsonObject::JsonObject(const http::Request& request, Names known) {
  if (media_type(request) != "application/json") {
    refused_ = http::problem(415, "want Content-Type: application/json");
    return;
  }
  parse(request.body, known);
}

JsonObject::JsonObject(std::string_view text, Names known) { parse(text, known); }

JsonObject::JsonObject(const simdjson::dom::element& value, Names known) { read(value, known); }

void JsonObject::parse(std::string_view text, Names known) {
  thread_local simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (const auto error = parser.parse(text.data(), text.size()).get(root);
      error != simdjson::SUCCESS) {
    refused_ =
        http::problem(400, fmt::format("this is no JSON: {}", simdjson::error_message(error)));
    return;
  }
  read(root, known);
}

void JsonObject::read(const simdjson::dom::element& value, Names known) {
  simdjson::dom::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) {
    refused_ = http::problem(400, "this must be a JSON object");
    return;
  }
  std::vector<http::FieldError> malformed;
  for (const auto field : object) {
    if (malformed.size() >= kBodyErrorsMax) break;
    if (std::find(known.begin(), known.end(), field.key) == known.end()) {
      malformed.push_back({pointer_to(field.key), "there is no such field"});
    } else if (find(field.key) != nullptr) {
      malformed.push_back({pointer_to(field.key), "stands more than once"});
    } else {
      members_.push_back(member_of(field.key, field.value));
    }
  }
  if (malformed.empty()) return;
  refused_ = http::problem(
      400, fmt::format("{}: {}", malformed.front().pointer, malformed.front().detail), malformed);
}

const JsonMember* JsonObject::find(std::string_view name) const {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const JsonMember& member) { return member.name == name; });
  return found == members_.end() ? nullptr : &*found;
}

void JsonObject::wrong(std::string_view name, std::string detail) {
  wrong_.push_back({pointer_to(name), std::move(detail)});
}

std::optional<std::string> JsonObject::text(std::string_view name) {
  const JsonMember* member = find(name);
  if (member == nullptr) return std::nullopt;
  if (const auto* text = std::get_if<std::string>(&member->value)) return *text;
  wrong(name, "want a string");
  return std::nullopt;
}

std::optional<double> JsonObject::number(std::string_view name) {
  const JsonMember* member = find(name);
  if (member == nullptr) return std::nullopt;
  if (const auto* number = std::get_if<double>(&member->value)) return *number;
  wrong(name, "want a number");
  return std::nullopt;
}

std::optional<std::vector<std::string>> JsonObject::texts(std::string_view name) {
  const JsonMember* member = find(name);
  if (member == nullptr) return std::nullopt;
  if (const auto* texts = std::get_if<std::vector<std::string>>(&member->value)) return *texts;
  wrong(name, "want an array of strings");
  return std::nullopt;
}

std::optional<std::string> JsonObject::object(std::string_view name) {
  const JsonMember* member = find(name);
  if (member == nullptr) return std::nullopt;
  const auto* other = std::get_if<JsonMember::Other>(&member->value);
  if (other != nullptr && other->json.starts_with("{")) return other->json;
  wrong(name, "want an object");
  return std::nullopt;
}

std::optional<http::Response> JsonObject::problem() const {
  if (refused_) return refused_;
  if (wrong_.empty()) return std::nullopt;
  return http::problem(422, fmt::format("{}: {}", wrong_.front().pointer, wrong_.front().detail),
                       wrong_);
}

}  // namespace marquee::api
