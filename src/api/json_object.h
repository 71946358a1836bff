#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "http/message.h"

namespace simdjson::dom {
class element;  // NOLINT(readability-identifier-naming): the library's
}

namespace marquee::api {

/// One member of a request's object. `Other` is null or anything nested, as its JSON text.
struct JsonMember {
  struct Other {
    std::string json;
  };
  std::string name;
  std::variant<std::string, double, bool, std::vector<std::string>, Other> value;
};

/// A JSON object of a request body, read strictly: well-formed, valid UTF-8, no name twice,
/// only known names. As with QueryParameters, read everything, then ask problem(): 415 for another
/// content type, 400 for what is no such object, 422 for members of the wrong type.
class JsonObject {
 public:
  using Names = std::initializer_list<std::string_view>;

  /// The whole body, which must be application/json.
  JsonObject(const http::Request& request, Names known);
  /// Of `text`, and of a value that stands inside a larger one.
  JsonObject(std::string_view text, Names known);
  JsonObject(const simdjson::dom::element& value, Names known);
  /// An object within another, as object() gave it; errors name its members below `pointer`.
  JsonObject(std::string_view json, std::string pointer, Names known);

  std::optional<std::string> text(std::string_view name);
  std::optional<double> number(std::string_view name);
  std::optional<std::vector<std::string>> texts(std::string_view name);
  /// An object, as its JSON.
  std::optional<std::string> object(std::string_view name);

  void wrong(std::string_view name, std::string detail);
  std::optional<http::Response> problem() const;

 private:
  const JsonMember* find(std::string_view name) const;
  void parse(std::string_view text, Names known);
  void read(const simdjson::dom::element& value, Names known);
  std::string pointer_to(std::string_view name) const;

  const std::string pointer_;  ///< of this object; empty for the whole body
  std::vector<JsonMember> members_;
  std::optional<http::Response> refused_;  ///< 415 or 400
  std::vector<http::FieldError> wrong_;    ///< 422
};

/// "application/json" of "Application/JSON; charset=utf-8"; empty without a Content-Type.
std::string media_type(const http::Request& request);

}  // namespace marquee::api
