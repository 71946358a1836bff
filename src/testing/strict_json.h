#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace marquee::testing {

/// A JSON value. Numbers keep the text they were written with, so that comparing says whether they
/// were written the same.
struct Json {
  enum class Kind { kNull, kTrue, kFalse, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  std::string text;                ///< of a number or, unescaped, of a string
  std::vector<std::string> names;  ///< of an object's members, one for each item
  std::vector<Json> items;

  bool operator==(const Json&) const = default;

  /// The first member of this name; null when there is none.
  const Json* member(std::string_view name) const {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) return &items[i];
    }
    return nullptr;
  }
};

/// Reads exactly the grammar of RFC 8259 (no comments, no trailing commas, no leading zeros, no
/// raw control characters), slowly and obviously: what our writers are compared with. None for
/// anything else. It does not look at UTF-8; base/json_writer.h has is_valid_utf8().
class StrictJsonParser {
 public:
  explicit StrictJsonParser(std::string_view text) : text_(text) {}

  std::optional<Json> parse() {
    Json json;
    skip_space();
    if (!value(json)) return std::nullopt;
    skip_space();
    if (!text_.empty()) return std::nullopt;
    return json;
  }

 private:
  bool take(std::string_view wanted) {
    if (!text_.starts_with(wanted)) return false;
    text_.remove_prefix(wanted.size());
    return true;
  }
  void skip_space() {
    text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r\n"), text_.size()));
  }
  bool literal(Json& out, std::string_view word, Json::Kind kind) {
    out.kind = kind;
    return take(word);
  }

  bool value(Json& out) {
    if (text_.empty()) return false;
    switch (text_.front()) {
      case '{':
        return object(out);
      case '[':
        return array(out);
      case '"':
        out.kind = Json::Kind::kString;
        return string(out.text);
      case 'n':
        return literal(out, "null", Json::Kind::kNull);
      case 't':
        return literal(out, "true", Json::Kind::kTrue);
      case 'f':
        return literal(out, "false", Json::Kind::kFalse);
      default:
        return number(out);
    }
  }

  bool object(Json& out) {
    out.kind = Json::Kind::kObject;
    text_.remove_prefix(1);
    skip_space();
    if (take("}")) return true;
    do {
      skip_space();
      if (!text_.starts_with('"') || !string(out.names.emplace_back())) return false;
      skip_space();
      if (!take(":")) return false;
      skip_space();
      if (!value(out.items.emplace_back())) return false;
      skip_space();
    } while (take(","));
    return take("}");
  }

  bool array(Json& out) {
    out.kind = Json::Kind::kArray;
    text_.remove_prefix(1);
    skip_space();
    if (take("]")) return true;
    do {
      skip_space();
      if (!value(out.items.emplace_back())) return false;
      skip_space();
    } while (take(","));
    return take("]");
  }

  bool string(std::string& out) {
    text_.remove_prefix(1);
    while (!text_.empty()) {
      const char c = text_.front();
      text_.remove_prefix(1);
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        out += c;
      } else if (!escape(out)) {
        return false;
      }
    }
    return false;
  }

  bool escape(std::string& out) {
    constexpr std::string_view kCodes = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (text_.empty()) return false;
    const char code = text_.front();
    text_.remove_prefix(1);
    if (const auto at = kCodes.find(code); at != std::string_view::npos) {
      out += kMeanings[at];
      return true;
    }
    // Our writers escape only what is below U+0080.
    constexpr std::string_view kHex = "0123456789abcdef";
    if (code != 'u' || text_.size() < 4 || !take("00")) return false;
    const std::size_t high = kHex.find(text_[0]), low = kHex.find(text_[1]);
    text_.remove_prefix(2);
    if (high > 7 || low > 15) return false;
    out += static_cast<char>(high * 16 + low);
    return true;
  }

  bool digits(std::string& out) {
    const std::size_t count = std::min(text_.find_first_not_of("0123456789"), text_.size());
    out += text_.substr(0, count);
    text_.remove_prefix(count);
    return count > 0;
  }

  bool number(Json& out) {
    out.kind = Json::Kind::kNumber;
    if (take("-")) out.text += '-';
    if (take("0")) {
      out.text += '0';
    } else if (!digits(out.text)) {
      return false;
    }
    if (take(".")) {
      out.text += '.';
      if (!digits(out.text)) return false;
    }
    if (!text_.starts_with('e') && !text_.starts_with('E')) return true;
    out.text += 'e';
    text_.remove_prefix(1);
    if (text_.starts_with('+') || text_.starts_with('-')) {
      out.text += text_.front();
      text_.remove_prefix(1);
    }
    return digits(out.text);
  }

  std::string_view text_;
};

inline std::optional<Json> parse_strict_json(std::string_view text) {
  return StrictJsonParser(text).parse();
}

}  // namespace marquee::testing
