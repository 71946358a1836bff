#include "retrieval/live_candidates.h"

#include "linalg/vector_ops.h"

namespace marquee::retrieval {

Result<LiveCandidates> live_candidates(const LiveSources& sources, const LiveHistory& history,
                                       std::size_t count, const KeySet& allowed,
                                       const SignalOptions& options) {
  LiveCandidates found;
  if (history.positives.empty()) return found;
  const std::size_t rows = sources.model.items().rows();
  MARQUEE_TRY(const std::vector<float> viewer,
              models::fold_in(sources.model, weighted_items(history.positives)));
  MARQUEE_TRY(
      const std::vector<Candidate> nearest,
      sources.search.search(viewer, count, [&](MovieKey key) { return allowed.contains(key); }));
  const auto neighbors = neighbor_signal(sources.neighbors, history, rows, options);
  std::vector<float> transitions;
  sources.state.read_transitions([&](const TransitionCounts& counts) {
    transitions = transition_signal(counts, history, sources.row_of_key, rows, options);
  });

  std::vector<bool> is_near(rows, false);
  for (const Candidate& film : nearest) {
    const std::int32_t row =
        film.movie < sources.row_of_key.size() ? sources.row_of_key[film.movie] : -1;
    if (row >= 0) is_near[static_cast<std::size_t>(row)] = true;
  }
  for (std::size_t row = 0; row < rows; ++row) {
    if (!is_near[row] && neighbors[row] == 0.0F && transitions[row] == 0.0F) continue;
    const MovieKey movie = sources.key_of_row[row];
    if (!allowed.contains(movie)) continue;
    found.movies.push_back(movie);
    found.factors.push_back(linalg::dot(viewer, sources.model.items().row(row)));
    found.neighbors.push_back(neighbors[row]);
    found.transitions.push_back(transitions[row]);
  }
  return found;
}

}  // namespace marquee::retrieval
