#include "speed/recent_profiles.h"

namespace marquee::speed {
namespace {

/// With what list, map and allocator add to every entry.
std::size_t bytes_of(const UserProfile& profile) {
  constexpr std::size_t kOverhead = 256;
  return kOverhead + sizeof(UserProfile) + profile.recent.capacity() * sizeof(Interaction) +
         profile.movies.capacity() * sizeof(MovieState);
}

}  // namespace

std::shared_ptr<const UserProfile> RecentProfiles::find(const UserId& user) {
  const auto place = places_.find(user);
  if (place == places_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, place->second);
  return place->second->profile;
}

void RecentProfiles::put(const UserId& user, std::shared_ptr<const UserProfile> profile) {
  const auto [place, is_new] = places_.try_emplace(user);
  if (is_new) {
    entries_.push_front({user, nullptr, 0});
    place->second = entries_.begin();
  } else {
    entries_.splice(entries_.begin(), entries_, place->second);
  }
  Entry& entry = entries_.front();
  bytes_ -= entry.bytes;
  entry.bytes = bytes_of(*profile);
  entry.profile = std::move(profile);
  bytes_ += entry.bytes;
  while (bytes_ > bytes_max_ && entries_.size() > 1) {
    bytes_ -= entries_.back().bytes;
    places_.erase(entries_.back().user);
    entries_.pop_back();
  }
}

void RecentProfiles::clear() {
  places_.clear();
  entries_.clear();
  bytes_ = 0;
}

}  // namespace marquee::speed
