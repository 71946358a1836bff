#include "ports/profile_store.h"

namespace marquee {

Result<std::vector<std::optional<AppliedEvent>>> ProfileStore::find_events(
    std::span<const EventKey> keys) const {
  std::vector<std::optional<AppliedEvent>> found;
  found.reserve(keys.size());
  for (const EventKey& key : keys) {
    MARQUEE_TRY(auto event, find_event(key.user_id, key.event_id));
    found.push_back(std::move(event));
  }
  return found;
}

Result<std::vector<std::shared_ptr<const UserProfile>>> ProfileStore::find_profiles(
    std::span<const UserId> users) const {
  std::vector<std::shared_ptr<const UserProfile>> found;
  found.reserve(users.size());
  for (const UserId& user : users) {
    MARQUEE_TRY(auto profile, find_profile(user));
    found.push_back(std::move(profile));
  }
  return found;
}

}  // namespace marquee
