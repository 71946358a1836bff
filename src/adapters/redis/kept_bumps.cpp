#include "adapters/redis/kept_bumps.h"

#include <algorithm>

namespace marquee::redis {

void KeptBumps::add(const UserId& user, std::uint64_t version) {
  const std::lock_guard lock(mutex_);
  const auto known = bumps_.find(user);
  if (known != bumps_.end()) {
    known->second = std::max(known->second, version);
  } else if (bumps_.size() < limit_) {
    bumps_.emplace(user, version);
    size_.store(bumps_.size(), std::memory_order_release);
  } else {
    open_gap();
  }
}

std::uint64_t KeptBumps::floor(const UserId& user) const {
  if (size() == 0) return 0;
  const std::lock_guard lock(mutex_);
  const auto known = bumps_.find(user);
  return known == bumps_.end() ? 0 : known->second;
}

std::vector<KeptBumps::Bump> KeptBumps::some(std::size_t count) const {
  const std::lock_guard lock(mutex_);
  std::vector<Bump> taken;
  taken.reserve(std::min(count, bumps_.size()));
  for (auto at = bumps_.begin(); at != bumps_.end() && taken.size() < count; ++at) {
    taken.emplace_back(*at);
  }
  return taken;
}

void KeptBumps::confirmed(const Bump& bump) {
  const std::lock_guard lock(mutex_);
  const auto known = bumps_.find(bump.first);
  if (known == bumps_.end() || known->second > bump.second) return;
  bumps_.erase(known);
  size_.store(bumps_.size(), std::memory_order_release);
}

}  // namespace marquee::redis
