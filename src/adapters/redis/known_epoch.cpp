#include "adapters/redis/known_epoch.h"

#include <utility>

namespace marquee::redis {

KnownEpoch::Text KnownEpoch::get() const {
  const std::lock_guard lock(mutex_);
  return epoch_;
}

void KnownEpoch::saw(const Text& before, std::string_view epoch) {
  const std::lock_guard lock(mutex_);
  if (epoch_ != before || (epoch_ && *epoch_ == epoch)) return;
  if (epoch_) fills_from_ = clock_.steady() + slow_fill_max_;
  epoch_ = std::make_shared<const std::string>(epoch);
}

void KnownEpoch::began(std::string epoch) {
  const std::lock_guard lock(mutex_);
  epoch_ = std::make_shared<const std::string>(std::move(epoch));
}

bool KnownEpoch::may_fill() const {
  const std::lock_guard lock(mutex_);
  return epoch_ && clock_.steady() >= fills_from_;
}

}  // namespace marquee::redis
