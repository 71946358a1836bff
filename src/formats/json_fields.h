#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "base/result.h"

namespace marquee::formats::internal {

/// The members of one JSON object, read by name. Every reader answers kDataLoss
/// "<document>: <path>.<member> is missing or no number". For documents that are read seldom; the
/// parser must outlive it.
class JsonFields {
 public:
  /// `document` names it in errors ("manifest").
  JsonFields(std::string document, simdjson::dom::element object);

  /// Parses `json`, which must be one object without repeated members of its own.
  static Result<JsonFields> parse(const std::string& document, std::string_view json,
                                  simdjson::dom::parser& parser);

  Result<std::string> text(std::string_view member) const;
  /// `otherwise` when there is no such member.
  Result<std::string> text_or(std::string_view member, std::string_view otherwise) const;
  Result<std::uint64_t> count(std::string_view member) const;
  Result<std::int64_t> integer(std::string_view member) const;
  /// RFC 3339 text as milliseconds.
  Result<std::int64_t> time_ms(std::string_view member) const;
  /// 64 lower-case hex digits.
  Result<std::string> sha256(std::string_view member) const;
  /// An object of numbers, in its order; null is NaN.
  Result<std::vector<std::pair<std::string, double>>> numbers(std::string_view member) const;
  Result<JsonFields> object(std::string_view member) const;
  Result<std::vector<JsonFields>> objects(std::string_view member) const;

 private:
  Error bad(std::string_view member, std::string_view why) const;

  std::string path_;
  simdjson::dom::element object_;
};

}  // namespace marquee::formats::internal
