#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "domain/event.h"
#include "ports/folded_state.h"
#include "speed/profile_table.h"

namespace marquee::bench {

/// The folded state as a server knows it that learns of events late: what viewers have met is
/// always up to date, so that every variant ranks the same unseen films, but recent interactions,
/// counts and transitions are as of `lag` before now. The fold is the product's own (speed/).
class DelayedState final : public FoldedState {
 public:
  DelayedState(const Clock& clock, MovieTable& movies);

  /// Both sides learn of `event`: what came before the recorded time.
  void fold_both(const Event& event);
  void fold_seen(const Event& event) { fold(seen_, event); }
  void fold_recent(const Event& event) { fold(recent_, event); }
  /// The recent interactions are hidden altogether: what a nightly list has to do with.
  void forget_recent(bool forget) { forget_ = forget; }

  std::shared_ptr<const UserProfile> find(const UserId& user) const override;
  void read_counts(const std::function<void(const MovieCounts&)>& read) const override {
    recent_.read_counts(read);
  }
  std::uint64_t counts_version() const override { return recent_.counts_version(); }
  void read_transitions(const std::function<void(const TransitionCounts&)>& read) const override {
    recent_.read_transitions(read);
  }
  std::vector<UserId> first_viewers(MovieKey movie) const override {
    return recent_.first_viewers(movie);
  }
  Cursor applied() const override { return recent_.applied(); }
  void when_applied(const Offset&, std::chrono::steady_clock::time_point,
                    std::function<void(bool)> done) override {
    done(true);
  }

 private:
  void fold(speed::ProfileTable& table, const Event& event);

  MovieTable& movies_;
  speed::ProfileTable seen_;
  speed::ProfileTable recent_;
  bool forget_ = false;
};

}  // namespace marquee::bench
