#include "evaluation/ranking_metrics.h"

#include <algorithm>
#include <cmath>

namespace marquee::evaluation {
namespace {

bool is_hit(std::span<const std::uint32_t> targets, std::uint32_t item) {
  return std::binary_search(targets.begin(), targets.end(), item);
}

/// What a hit at 0-based `position` is worth.
double discount(std::size_t position) { return 1.0 / std::log2(static_cast<double>(position) + 2); }

}  // namespace

double recall_at_k(std::span<const std::uint32_t> ranked, std::span<const std::uint32_t> targets,
                   std::size_t k) {
  const std::size_t best_possible = std::min(k, targets.size());
  if (best_possible == 0) return 0;
  const auto top = ranked.first(std::min(k, ranked.size()));
  const auto hits = std::count_if(top.begin(), top.end(),
                                  [&](std::uint32_t item) { return is_hit(targets, item); });
  return static_cast<double>(hits) / static_cast<double>(best_possible);
}

double ndcg_at_k(std::span<const std::uint32_t> ranked, std::span<const std::uint32_t> targets,
                 std::size_t k) {
  double gained = 0;
  for (std::size_t position = 0; position < std::min(k, ranked.size()); ++position) {
    if (is_hit(targets, ranked[position])) gained += discount(position);
  }
  double possible = 0;
  for (std::size_t position = 0; position < std::min(k, targets.size()); ++position) {
    possible += discount(position);
  }
  return possible > 0 ? gained / possible : 0;
}

}  // namespace marquee::evaluation
