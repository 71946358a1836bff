#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "domain/event.h"

namespace marquee::models {

/// Sparse rows: row r holds columns[starts[r] .. starts[r+1]), ascending, with their weights.
struct SparseRows {
  std::vector<std::uint64_t> starts{0};
  std::vector<std::uint32_t> columns;
  std::vector<float> weights;
  std::size_t rows() const { return starts.size() - 1; }
};

/// Positives by user and by item; what a trainer reads. Ids ascending, so the same events in any
/// order give the same matrix.
struct InteractionMatrix {
  std::vector<std::string> user_ids;
  std::vector<std::string> item_ids;
  SparseRows by_user;
  SparseRows by_item;
};

/// Collects events into an InteractionMatrix. A viewer's standing verdict on a film is that of the
/// latest event that speaks of it: positive with weight 1, or negative, which removes it; undone
/// events do not count. Feed events in log order.
class InteractionMatrixBuilder {
 public:
  void add(const Event& event);
  InteractionMatrix build() const;

 private:
  struct Verdict {
    EventId event_id;
    bool positive = false;
  };
  // (user → item → standing verdicts in order), filled by add(); see interaction_matrix.cpp
  std::unordered_map<std::string, std::unordered_map<std::string, std::vector<Verdict>>> verdicts_;
  std::unordered_map<EventId, std::pair<std::string, std::string>> event_of_;
};

}  // namespace marquee::models
