#include "bench/replay/protocol.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/rng.h"
#include "datasets/dataset.h"

namespace marquee::bench {
namespace {

Result<std::vector<Event>> ratings_in_order(datasets::Dataset& dataset, Said said) {
  std::vector<std::pair<std::uint64_t, Event>> drawn;
  Rng ties(7);
  MARQUEE_CHECK(dataset.interactions([&](Event event) -> Result<void> {
    if (said == Said::kPositivesOnly && !is_positive(event)) return {};
    drawn.emplace_back(ties.next(), std::move(event));
    return {};
  }));
  std::sort(drawn.begin(), drawn.end(), [](const auto& a, const auto& b) {
    return a.second.ts_ms != b.second.ts_ms ? a.second.ts_ms < b.second.ts_ms : a.first < b.first;
  });
  std::vector<Event> events;
  events.reserve(drawn.size());
  for (auto& [tie, event] : drawn) events.push_back(std::move(event));
  return events;
}

std::unordered_set<std::string> known_items(const std::vector<Event>& events, std::size_t until) {
  std::unordered_map<std::string, std::size_t> positives;
  for (std::size_t i = 0; i < until; ++i) {
    if (is_positive(events[i])) ++positives[events[i].movie_id.value()];
  }
  std::unordered_set<std::string> items;
  for (const auto& [item, count] : positives) {
    if (count >= Replay::kItemPositivesMin) items.insert(item);
  }
  return items;
}

}  // namespace

std::size_t Replay::positives(std::size_t begin, std::size_t end) const {
  const auto at = [this](std::size_t i) { return events.begin() + static_cast<std::ptrdiff_t>(i); };
  return static_cast<std::size_t>(
      std::count_if(at(begin), at(end), [](const Event& event) { return is_positive(event); }));
}

Result<Replay> read_replay(const std::string& directory, Said said) {
  MARQUEE_TRY(const auto dataset, datasets::open_directory(directory, {}));
  MARQUEE_TRY(std::vector<Movie> movies, dataset->movies());
  MARQUEE_TRY(std::vector<Event> events, ratings_in_order(*dataset, said));
  std::vector<std::size_t> positives;  // their places in `events`
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (is_positive(events[i])) positives.push_back(i);
  }
  if (positives.size() < 100) {
    return Error{ErrorCode::kInvalidArgument,
                 "replay: '" + directory + "' has too few positive interactions to replay"};
  }
  const std::size_t tune = positives[positives.size() * 8 / 10];
  const std::size_t test = positives[positives.size() * 9 / 10];
  const auto items = known_items(events, tune);
  Replay replay;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (i == tune) replay.tune_begin = replay.events.size();
    if (i == test) replay.test_begin = replay.events.size();
    if (items.contains(events[i].movie_id.value())) replay.events.push_back(std::move(events[i]));
  }
  for (Movie& movie : movies) {
    if (items.contains(movie.id.value())) replay.movies.push_back(std::move(movie));
  }
  return replay;
}

void Quality::add(std::size_t rank) {
  ++events;
  if (rank == 0) return;
  if (rank <= 10) {
    hit_at_10 += 1;
    ndcg_at_10 += 1.0 / std::log2(1.0 + static_cast<double>(rank));
  }
  if (rank <= 50) hit_at_50 += 1;
}

Quality Quality::mean() const {
  const auto n = static_cast<double>(std::max<std::size_t>(events, 1));
  return {ndcg_at_10 / n, hit_at_10 / n, hit_at_50 / n, events};
}

}  // namespace marquee::bench
