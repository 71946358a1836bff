#include "formats/json_fields.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/time_text.h"

namespace marquee::formats::internal {

JsonFields::JsonFields(std::string document, simdjson::dom::element object)
    : path_(std::move(document)), object_(object) {}

Result<JsonFields> JsonFields::parse(const std::string& document, std::string_view json,
                                     simdjson::dom::parser& parser) {
  simdjson::dom::element root;
  if (const auto error = parser.parse(simdjson::padded_string(json)).get(root); error) {
    return Error{ErrorCode::kDataLoss,
                 fmt::format("{} is not JSON: {}", document, simdjson::error_message(error))};
  }
  if (!root.is_object()) {
    return Error{ErrorCode::kDataLoss, fmt::format("{} is no JSON object", document)};
  }
  return JsonFields(document, root);
}

Error JsonFields::bad(std::string_view member, std::string_view why) const {
  return Error{ErrorCode::kDataLoss, fmt::format("{}: '{}' is missing or {}", path_, member, why)};
}

Result<std::string> JsonFields::text(std::string_view member) const {
  std::string_view value;
  if (object_[member].get(value) != simdjson::SUCCESS) return bad(member, "no text");
  return std::string(value);
}

Result<std::string> JsonFields::text_or(std::string_view member, std::string_view otherwise) const {
  if (object_[member].error() == simdjson::NO_SUCH_FIELD) return std::string(otherwise);
  return text(member);
}

Result<std::uint64_t> JsonFields::count(std::string_view member) const {
  std::uint64_t value = 0;
  if (object_[member].get(value) != simdjson::SUCCESS) return bad(member, "no count");
  return value;
}

Result<std::int64_t> JsonFields::integer(std::string_view member) const {
  std::int64_t value = 0;
  if (object_[member].get(value) != simdjson::SUCCESS) return bad(member, "no integer");
  return value;
}

Result<std::int64_t> JsonFields::time_ms(std::string_view member) const {
  MARQUEE_TRY(const std::string value, text(member));
  const auto ms = parse_rfc3339(value);
  if (!ms.ok()) return bad(member, "no RFC 3339 time");
  return *ms;
}

Result<std::string> JsonFields::sha256(std::string_view member) const {
  MARQUEE_TRY(std::string value, text(member));
  const bool hex = std::ranges::all_of(
      value, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (value.size() != 64 || !hex) return bad(member, "no SHA-256");
  return value;
}

Result<std::vector<std::pair<std::string, double>>> JsonFields::numbers(
    std::string_view member) const {
  simdjson::dom::object values;
  if (object_[member].get(values) != simdjson::SUCCESS) return bad(member, "no object");
  std::vector<std::pair<std::string, double>> out;
  for (const auto [name, value] : values) {
    double number = std::numeric_limits<double>::quiet_NaN();
    if (!value.is_null() && value.get(number) != simdjson::SUCCESS) {
      return bad(fmt::format("{}.{}", member, name), "no number");
    }
    out.emplace_back(name, number);
  }
  return out;
}

Result<JsonFields> JsonFields::object(std::string_view member) const {
  simdjson::dom::element value;
  if (object_[member].get(value) != simdjson::SUCCESS || !value.is_object()) {
    return bad(member, "no object");
  }
  return JsonFields(fmt::format("{}: '{}'", path_, member), value);
}

Result<std::vector<JsonFields>> JsonFields::objects(std::string_view member) const {
  simdjson::dom::array values;
  if (object_[member].get(values) != simdjson::SUCCESS) return bad(member, "no array");
  std::vector<JsonFields> out;
  for (const simdjson::dom::element value : values) {
    if (!value.is_object()) return bad(member, "no array of objects");
    out.emplace_back(fmt::format("{}: '{}[{}]'", path_, member, out.size()), value);
  }
  return out;
}

}  // namespace marquee::formats::internal
