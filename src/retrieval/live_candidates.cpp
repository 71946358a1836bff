#include "retrieval/live_candidates.h"

#include <algorithm>
#include <limits>

#include "linalg/score_bound.h"
#include "linalg/vector_ops.h"

namespace marquee::retrieval {
namespace {

/// Rows of the `count` best sums of both signals, each scaled by its largest, and few more; those
/// of whom nothing good is said are left out.
std::vector<std::uint32_t> best_by_links(std::span<const float> neighbors,
                                         std::span<const float> transitions, std::size_t count) {
  const float neighbor_unit = 1.0F / std::max(linalg::largest(neighbors), 1e-30F);
  const float transition_unit = 1.0F / std::max(linalg::largest(transitions), 1e-30F);
  std::vector<float> sums(neighbors.size());
  for (std::size_t row = 0; row < sums.size(); ++row) {
    const float sum = neighbors[row] * neighbor_unit + transitions[row] * transition_unit;
    sums[row] = sum > 0 ? sum : 0;
  }
  constexpr float kNothing = std::numeric_limits<float>::min();
  return linalg::indices_at_least(sums, std::max(kNothing, linalg::score_bound(sums, count)));
}

}  // namespace

Result<LiveCandidates> live_candidates(const LiveSources& sources, const LiveHistory& history,
                                       std::size_t count, const KeySet& allowed,
                                       const SignalOptions& options) {
  LiveCandidates found;
  if (history.positives.empty() && history.direction.empty()) return found;
  const std::size_t rows = sources.model.items().rows();
  found.viewer = history.direction;
  if (!history.positives.empty()) {
    MARQUEE_TRY(found.viewer, models::fold_in(sources.model, weighted_items(history.positives)));
  }
  MARQUEE_TRY(const std::vector<Candidate> nearest,
              sources.search.search(found.viewer, count,
                                    [&](MovieKey key) { return allowed.contains(key); }));
  const auto neighbors = neighbor_signal(sources.neighbors, history, rows, options);
  std::vector<float> transitions;
  sources.state.read_transitions([&](const TransitionCounts& counts) {
    transitions = transition_signal(counts, history, sources.row_of_key, rows, options);
  });

  KeySet chosen(rows);
  for (const Candidate& film : nearest) {
    const bool is_known =
        film.movie < sources.row_of_key.size() && sources.row_of_key[film.movie] >= 0;
    if (is_known) chosen.insert(static_cast<std::uint32_t>(sources.row_of_key[film.movie]));
  }
  for (const std::uint32_t row : best_by_links(neighbors, transitions, count)) chosen.insert(row);
  std::vector<std::uint32_t> chosen_rows;
  chosen_rows.reserve(3 * count);
  chosen.for_each([&](std::uint32_t row) {
    if (allowed.contains(sources.key_of_row[row])) chosen_rows.push_back(row);
  });
  found.movies.reserve(chosen_rows.size());
  found.neighbors.reserve(chosen_rows.size());
  found.transitions.reserve(chosen_rows.size());
  for (const std::uint32_t row : chosen_rows) {
    found.movies.push_back(sources.key_of_row[row]);
    found.neighbors.push_back(neighbors[row]);
    found.transitions.push_back(transitions[row]);
  }
  found.factors.resize(chosen_rows.size());
  linalg::scores_of_rows(sources.model.items().values, chosen_rows, found.viewer, found.factors);
  return found;
}

}  // namespace marquee::retrieval
