#include "bench/replay/delayed_state.h"

#include <optional>
#include <span>

#include "speed/fold_batch.h"

namespace marquee::bench {

DelayedState::DelayedState(const Clock& clock, MovieTable& movies)
    : movies_(movies), seen_(clock), recent_(clock) {}

void DelayedState::fold_both(const Event& event) {
  fold(seen_, event);
  fold(recent_, event);
}

void DelayedState::fold(speed::ProfileTable& table, const Event& event) {
  speed::FoldBase base;
  base.profile = [&](const UserId& user) {
    return Result<std::shared_ptr<const UserProfile>>(table.find(user));
  };
  base.event = [](const UserId&, const EventId&) {
    return Result<std::optional<AppliedEvent>>(std::nullopt);
  };
  const speed::FoldItem item{event, std::nullopt, 0};
  const auto batch = speed::fold_batch(std::span(&item, 1), base, table.applied(), movies_, 0);
  if (batch.ok()) table.publish(*batch);
}

std::shared_ptr<const UserProfile> DelayedState::find(const UserId& user) const {
  auto profile = seen_.find(user);
  if (!profile) return nullptr;
  auto delayed = std::make_shared<UserProfile>(*profile);
  delayed->recent.clear();
  const auto known = recent_.find(user);
  if (known && !forget_) delayed->recent = known->recent;
  return delayed;
}

}  // namespace marquee::bench
