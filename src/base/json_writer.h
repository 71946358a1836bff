#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace marquee {

/// Appends JSON to a string, front to back, with std::to_chars. Commas and colons come by
/// themselves; the caller's calls must nest properly, at most 64 deep (asserted). Broken UTF-8 is
/// written as U+FFFD, so the output is always valid JSON. Not thread-safe.
///
///     JsonWriter json;
///     json.begin_object().key("id").value("m1").key("score").value(0.5).end_object();
class JsonWriter {
 public:
  JsonWriter() = default;
  /// For a text of about so many bytes.
  explicit JsonWriter(std::size_t bytes) { text_.reserve(bytes); }

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  /// Shortest form that reads back the same; NaN and infinities, which JSON lacks, become null.
  JsonWriter& value(double number);
  JsonWriter& value(float number);
  JsonWriter& value(bool flag);
  JsonWriter& value(int number) { return value(std::int64_t{number}); }
  JsonWriter& value(unsigned number) { return value(std::uint64_t{number}); }
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint64_t number);
  JsonWriter& null();
  /// `text` is JSON already and is copied as it is.
  JsonWriter& raw(std::string_view text);

  template <typename T>
  JsonWriter& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }
  /// The member only when there is one.
  template <typename T>
  JsonWriter& member(std::string_view name, const std::optional<T>& content) {
    return content ? key(name).value(*content) : *this;
  }
  /// The member always, null when there is none.
  template <typename T>
  JsonWriter& member_or_null(std::string_view name, const std::optional<T>& content) {
    key(name);
    return content ? value(*content) : null();
  }

  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  void separate();
  void open(char bracket);
  void close(char bracket);

  std::string text_;
  std::uint64_t has_member_ = 0;  ///< a bit for each open object or array, the innermost last
  int depth_ = 0;
  bool after_key_ = false;
};

/// As JsonWriter::value(): the shortest form, or null.
void append_json(std::string& out, float number);
void append_json(std::string& out, std::int64_t number);

/// `text` as a JSON string with its quotes.
std::string json_quote(std::string_view text);

/// True when `text` is well-formed UTF-8 (no overlong forms, no surrogates).
bool is_valid_utf8(std::string_view text);

}  // namespace marquee
