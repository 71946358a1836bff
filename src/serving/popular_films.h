#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "models/popularity.h"
#include "ports/folded_state.h"

namespace marquee::serving {

/// Films by decayed popularity, kept and counted anew when the counts have changed, but not more
/// often than every `refresh`. While one thread counts, the others get the list before.
/// Thread-safe.
class PopularFilms {
 public:
  /// The references must outlive this.
  PopularFilms(const FoldedState& state, const MovieTable& movies, const Clock& clock,
               const models::PopularityOptions& options, std::chrono::milliseconds refresh);

  /// Best first, scores in [0, 1], ties by movie id. Never null.
  std::shared_ptr<const std::vector<Candidate>> get() const;

 private:
  using List = std::shared_ptr<const std::vector<Candidate>>;

  /// The list as it stands, when it is good enough.
  List fresh(bool any_will_do) const;
  List count_anew() const;

  const FoldedState& state_;
  const MovieTable& movies_;
  const Clock& clock_;
  const models::PopularityOptions options_;
  const std::chrono::milliseconds refresh_;
  mutable std::mutex counting_;  // held by the thread that counts
  mutable std::mutex mutex_;     // guards what follows
  mutable List list_;
  mutable std::uint64_t counts_version_ = 0;
  mutable std::chrono::steady_clock::time_point counted_at_;
};

}  // namespace marquee::serving
