#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "http/message.h"

namespace marquee::api {

/// One member of a request's object. `Other` is null or anything nested, as its JSON text.
struct JsonMember {
  struct Other {
    std::string json;
  };
  std::string name;
  std::variant<std::string, double, bool, std::vector<std::string>, Other> value;
};

/// A request body that is one JSON object, read strictly: well-formed, valid UTF-8, no name twice,
/// only known names. As with QueryParameters, read everything, then ask problem(): 415 for another
/// content type, 400 for what is no such object, 422 for members of the wrong type.
class JsonObject {
 public:
  JsonObject(const http::Request& request, std::initializer_list<std::string_view> known);
  /// An object within another, as object() gave it; errors name its members below `pointer`.
  JsonObject(std::string_view json, std::string pointer,
             std::initializer_list<std::string_view> known);

  std::optional<std::string> text(std::string_view name);
  std::optional<double> number(std::string_view name);
  std::optional<std::vector<std::string>> texts(std::string_view name);
  /// An object, as its JSON.
  std::optional<std::string> object(std::string_view name);

  void wrong(std::string_view name, std::string detail);
  std::optional<http::Response> problem() const;

 private:
  const JsonMember* find(std::string_view name) const;
  void parse(std::string_view body, std::initializer_list<std::string_view> known);
  std::string pointer_to(std::string_view name) const;

  const std::string pointer_;  ///< of this object; empty for the whole body
  std::vector<JsonMember> members_;
  std::optional<http::Response> refused_;  ///< 415 or 400
  std::vector<http::FieldError> wrong_;    ///< 422
};

}  // namespace marquee::api
