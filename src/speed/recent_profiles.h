#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>

#include "domain/user_profile.h"

namespace marquee::speed {

/// The profiles used last, within a bound of memory: the one unused for longest goes first. For
/// folding more viewers than fit. Not thread-safe.
class RecentProfiles {
 public:
  /// At least the profile put last is kept, whatever its size.
  explicit RecentProfiles(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Null when it is not kept.
  std::shared_ptr<const UserProfile> find(const UserId& user);
  void put(const UserId& user, std::shared_ptr<const UserProfile> profile);
  void clear();
  /// An estimate, of what is kept.
  std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    UserId user;
    std::shared_ptr<const UserProfile> profile;
    std::size_t bytes = 0;
  };
  using Entries = std::list<Entry>;

  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  Entries entries_;  ///< used last comes first
  std::unordered_map<UserId, Entries::iterator> places_;
};

}  // namespace marquee::speed
