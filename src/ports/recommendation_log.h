#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/event.h"
#include "domain/ids.h"
#include "domain/recommendation.h"

namespace marquee {

/// One list as it was shown.
struct ShownList {
  ListId list_id;
  UserId user_id;
  std::optional<SessionId> session_id;
  std::string source;  ///< to_string(Source)
  std::string row = "top_picks";
  std::string variant = "default";
  std::optional<ModelVersion> generation;
  std::vector<ScoredMovie> items;  ///< in the order shown
  std::int64_t created_at_ms = 0;

  bool operator==(const ShownList&) const = default;
};

/// True when an event of this type says that the viewer took up what was shown.
bool counts_as_click(EventType type);

/// Click-through over all logged lists.
struct ClickThrough {
  std::uint64_t lists = 0;    ///< lists shown
  std::uint64_t shown = 0;    ///< recommendations shown, a film counting once a list
  std::uint64_t clicked = 0;  ///< of these, clicked by their viewer with their list_id; each once
  double ctr() const {
    return shown == 0 ? 0.0 : static_cast<double>(clicked) / static_cast<double>(shown);
  }
};

/// What was shown to whom, and by joining the folded clicks, what it was worth. A truth.
///
/// A click counts when an applied click, search_click, view, rating, like or watchlist_add names a
/// logged list_id of the same viewer that holds the film, unless it was undone. It counts once for
/// (list, film), in whatever order list and event arrive.
/// Contract: ports/contract/recommendation_log_contract.h. Threads: any.
class RecommendationLog {
 public:
  RecommendationLog() = default;
  RecommendationLog(const RecommendationLog&) = delete;
  RecommendationLog& operator=(const RecommendationLog&) = delete;
  virtual ~RecommendationLog() = default;

  /// Stores all of `lists` or none; a list_id that is there already is left as it is.
  virtual Result<void> append(std::span<const ShownList> lists) = 0;
  virtual Result<ClickThrough> click_through() const = 0;
  /// Logged lists behind `after` (from the first when none), by the bytes of list_id, at most
  /// `limit`.
  virtual Result<std::vector<ShownList>> lists(const std::optional<ListId>& after,
                                               std::size_t limit) const = 0;
};

}  // namespace marquee
