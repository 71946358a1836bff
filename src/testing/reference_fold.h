#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ports/event_log.h"
#include "ports/profile_store.h"

namespace marquee::testing {

/// What the fold must come to, slow and obvious: every viewer's whole story is kept, and what it
/// says about a film is counted anew whenever an event touches the film.
class ReferenceFold {
 public:
  struct Row {
    Event event;
    Offset offset;
    bool undone = false;
  };
  struct Film {
    std::uint32_t seen = 0, positive = 0, hidden = 0;
    bool watchlisted = false;
    std::int32_t counted_day = 0;
    bool operator==(const Film&) const = default;
  };
  struct Viewer {
    std::vector<Row> rows;
    std::vector<std::size_t> recent;  ///< indices into rows
    std::map<std::string, Film> films;
  };

  /// `is_poison` tells which events can never be folded.
  explicit ReferenceFold(std::function<bool(const Event&)> is_poison)
      : is_poison_(std::move(is_poison)) {}

  /// The next record; those of one viewer come in order.
  void add(const LogRecord& record);

  const std::map<std::string, Viewer>& viewers() const { return viewers_; }
  /// An empty one for who has no applied event.
  const Viewer& viewer(const UserId& user) const;
  const FoldTotals& totals() const { return totals_; }
  /// (film, day) → viewers who count there.
  std::map<std::pair<std::string, std::int32_t>, std::int32_t> counts() const;

 private:
  const std::function<bool(const Event&)> is_poison_;
  std::map<std::string, Viewer> viewers_;
  FoldTotals totals_;
};

/// The films of a folded profile, to be compared with those of the reference.
std::map<std::string, ReferenceFold::Film> films_of(const UserProfile& profile,
                                                    const MovieTable& movies);

}  // namespace marquee::testing
