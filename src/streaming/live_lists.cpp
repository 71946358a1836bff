#include "streaming/live_lists.h"

#include <chrono>
#include <utility>
#include <vector>

namespace marquee::streaming {

LiveLists::LiveLists(const Ports& ports, const serving::LiveTierOptions& options)
    : ports_(ports), options_(options), recipe_(serving::live_recipe(options)) {}

void LiveLists::set_model(std::shared_ptr<const models::FactorModel> model,
                          std::shared_ptr<const models::ItemNeighbors> neighbors) {
  generation_ = serving::make_generation(std::move(model), ports_.movies, std::move(neighbors));
}

Result<void> LiveLists::follow() {
  constexpr std::chrono::milliseconds kAtOnce{0};
  if (follower_ != nullptr) return follower_->step(kAtOnce);
  MARQUEE_TRY(follower_,
              speed::StateFollower::load(
                  ports_.changes, ports_.clock, ports_.metrics,
                  [this](const UserId& user, std::uint64_t) { changed_.insert(user); }, {}));
  return {};
}

Result<void> LiveLists::look_at_catalog() {
  MARQUEE_TRY(const std::uint64_t revision, ports_.catalog.revision());
  if (revision_ == revision) return {};
  MARQUEE_TRY(const std::vector<Movie> films, ports_.catalog.load());
  for (const Movie& film : films) ports_.movies.intern(film.id);
  servable_ = retrieval::KeySet(ports_.movies.size());
  for (const Movie& film : films) {
    if (!film.hidden) servable_.insert(ports_.movies.intern(film.id));
  }
  revision_ = revision;
  return {};
}

Result<LiveList> LiveLists::list_of(const UserProfile& profile) const {
  retrieval::KeySet allowed = servable_;
  serving::erase_met(profile, allowed);
  const auto history = retrieval::live_history(profile, generation_->row_of_key, options_.history);
  MARQUEE_TRY(const serving::LiveTier tier,
              serving::live_tier(*generation_, follower_->state(), history, options_.candidates,
                                 allowed, options_));
  LiveList list{generation_->model->version(), profile.version, recipe_, {}};
  list.items.reserve(tier.items.size());
  for (const Candidate& film : tier.items) {
    list.items.push_back({ports_.movies.id_of(film.movie), film.score});
  }
  return list;
}

Result<std::size_t> LiveLists::make() {
  MARQUEE_CHECK(follow());
  if (!has_model()) {
    changed_.clear();
    return std::size_t{0};
  }
  MARQUEE_CHECK(look_at_catalog());
  std::vector<LiveFeed::Entry> lists;
  for (const UserId& user : changed_) {
    const auto profile = follower_->state().find(user);
    if (profile == nullptr) continue;
    MARQUEE_TRY(LiveList list, list_of(*profile));
    lists.emplace_back(user, std::move(list));
  }
  MARQUEE_CHECK(ports_.feed.put(lists));
  changed_.clear();
  return lists.size();
}

}  // namespace marquee::streaming
