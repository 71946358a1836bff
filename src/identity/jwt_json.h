#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace marquee::identity {

/// base64url without padding, strictly; none for everything else.
std::optional<std::string> decode_base64url(std::string_view text);

/// The members of a JSON object that tokens are made of: texts, numbers and lists of texts; what is
/// of another kind is there as `Other`.
struct JwtOther {};
using JwtValue = std::variant<JwtOther, std::string, double, std::vector<std::string>>;
using JwtObject = std::map<std::string, JwtValue, std::less<>>;

/// None for what is no JSON object, and for one that names a member twice, which two readers could
/// take differently.
std::optional<JwtObject> read_jwt_object(std::string_view json);
/// The objects of member "keys" of a JWK set; none when it has no such list. One that is no
/// readable object is left out.
std::optional<std::vector<JwtObject>> read_jwk_set(std::string_view json);

/// The text of a member; none when it is missing or of another kind.
std::optional<std::string> text_member(const JwtObject& object, std::string_view name);

}  // namespace marquee::identity
