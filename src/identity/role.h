#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace marquee::identity {

/// Who calls. The first two show no credential; the others are what a credential may say.
enum class Role : std::uint8_t {
  kAnonymous,  ///< no credential, where viewing wants one
  kGuest,      ///< no credential, where viewing is open
  kViewer,     ///< one viewer's client: reaches that viewer only
  kService,    ///< another server, on behalf of any viewer
  kAnalyst,    ///< reads figures, models and runs; no viewer's data
  kOperator,   ///< runs the service
  kAdmin,      ///< gives others their keys, too
};

inline constexpr std::array kRoles{Role::kAnonymous, Role::kGuest,    Role::kViewer, Role::kService,
                                   Role::kAnalyst,   Role::kOperator, Role::kAdmin};

/// "viewer-client", "service", …
std::string_view to_string(Role role);
/// A role that a credential can have; none for every other text, "anonymous" and "guest" among it.
std::optional<Role> parse_role(std::string_view text);

/// Several roles.
class RoleSet {
 public:
  constexpr RoleSet(std::initializer_list<Role> roles) {
    for (const Role role : roles) bits_ |= bit(role);
  }
  constexpr bool has(Role role) const { return (bits_ & bit(role)) != 0; }

 private:
  static constexpr std::uint32_t bit(Role role) { return 1U << static_cast<std::uint32_t>(role); }

  std::uint32_t bits_ = 0;
};

}  // namespace marquee::identity
