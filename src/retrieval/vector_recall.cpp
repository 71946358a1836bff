#include "retrieval/vector_recall.h"

#include <algorithm>

namespace marquee::retrieval {
namespace {

using std::chrono::steady_clock;

/// By film and not by score alone: another's sum of products differs in its last bit.
double share_found(const std::vector<Candidate>& found, const std::vector<Candidate>& exact) {
  if (exact.empty()) return 1;
  std::vector<MovieKey> wanted;
  for (const Candidate& film : exact) wanted.push_back(film.movie);
  std::sort(wanted.begin(), wanted.end());
  const float last = exact.back().score;
  const auto good = std::count_if(found.begin(), found.end(), [&](const Candidate& candidate) {
    return std::binary_search(wanted.begin(), wanted.end(), candidate.movie) ||
           candidate.score >= last;
  });
  return static_cast<double>(std::min<std::size_t>(static_cast<std::size_t>(good), exact.size())) /
         static_cast<double>(exact.size());
}

}  // namespace

std::vector<std::vector<float>> sample_queries(const models::FactorModel& model,
                                               std::size_t count) {
  const models::FactorTable& table = model.users().rows() > 0 ? model.users() : model.items();
  std::vector<std::vector<float>> queries;
  count = std::min(count, table.rows());
  for (std::size_t i = 0; i < count; ++i) {
    const auto row = table.row(i * table.rows() / count);
    queries.emplace_back(row.begin(), row.end());
  }
  return queries;
}

Result<RecallReport> recall_at(std::size_t count, const VectorSearch& approximate,
                               const VectorSearch& exact,
                               std::span<const std::vector<float>> queries) {
  RecallReport report;
  std::vector<std::chrono::microseconds> times;
  for (const std::vector<float>& query : queries) {
    MARQUEE_TRY(const auto wanted, exact.search(query, count, {}));
    const auto begun = steady_clock::now();
    MARQUEE_TRY(const auto found, approximate.search(query, count, {}));
    times.push_back(
        std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begun));
    report.recall += share_found(found, wanted) / static_cast<double>(queries.size());
  }
  if (times.empty()) return report;
  std::sort(times.begin(), times.end());
  report.median = times[times.size() / 2];
  report.p99 = times[times.size() * 99 / 100];
  return report;
}

}  // namespace marquee::retrieval
