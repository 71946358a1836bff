#include "retrieval/fallback_search.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "linalg/vector_ops.h"

namespace marquee::retrieval {
namespace {

constexpr std::size_t kSampleSize = 64;

/// Every n-th film that has a row, kSampleSize of them at most.
std::vector<MovieKey> sample_of(const std::vector<std::int32_t>& row_of_key, std::size_t rows) {
  const std::size_t step = std::max<std::size_t>(1, (rows + kSampleSize - 1) / kSampleSize);
  std::vector<MovieKey> sample;
  for (std::size_t key = 0; key < row_of_key.size(); ++key) {
    const std::int32_t row = row_of_key[key];
    if (row >= 0 && static_cast<std::size_t>(row) % step == 0) {
      sample.push_back(static_cast<MovieKey>(key));
    }
  }
  return sample;
}

}  // namespace

using std::chrono::steady_clock;

FallbackSearch::FallbackSearch(std::shared_ptr<const models::FactorModel> model,
                               std::shared_ptr<const VectorSearch> sweep,
                               std::vector<std::int32_t> row_of_key, SearchGate& gate)
    : model_(std::move(model)),
      sweep_(std::move(sweep)),
      row_of_key_(std::move(row_of_key)),
      sample_(sample_of(row_of_key_, model_->items().rows())),
      gate_(gate) {}

void FallbackSearch::use(std::unique_ptr<const VectorSearch> index) {
  index_ = std::move(index);
  ready_.store(index_.get(), std::memory_order_release);
}

Result<std::vector<Candidate>> FallbackSearch::search(std::span<const float> query,
                                                      std::size_t count,
                                                      const Filter& filter) const {
  using Reason = SearchGate::Reason;
  if (query.size() != dimensions() || count == 0) return sweep_->search(query, count, filter);
  const VectorSearch* const index = this->index();
  if (index == nullptr) return fall_back(Reason::kUnready, query, count, filter);
  if (is_narrow(count, filter)) return fall_back(Reason::kNarrow, query, count, filter);
  auto permit = gate_.enter();
  if (!permit) return fall_back(Reason::kAway, query, count, filter);
  const auto begun = steady_clock::now();
  auto found = index->search(query, count, filter);
  if (!found.ok()) {
    // A query that it refuses says nothing of the server.
    if (found.error().code != ErrorCode::kInvalidArgument) permit->failed();
    gate_.note(found.error());
    return fall_back(Reason::kFailed, query, count, filter);
  }
  permit->succeeded();
  score_anew(query, *found);
  if (found->size() < count) return fall_back(Reason::kShort, query, count, filter);
  gate_.answered(steady_clock::now() - begun);
  return found;
}

/// Whether fewer than half of the films pass, as the sample says, or all are wanted.
bool FallbackSearch::is_narrow(std::size_t count, const Filter& filter) const {
  if (count >= model_->items().rows()) return true;
  if (!filter) return false;
  const auto pass = std::count_if(sample_.begin(), sample_.end(), filter);
  return 2 * static_cast<std::size_t>(pass) < sample_.size();
}

Result<std::vector<Candidate>> FallbackSearch::fall_back(SearchGate::Reason reason,
                                                         std::span<const float> query,
                                                         std::size_t count,
                                                         const Filter& filter) const {
  gate_.fell_back(reason);
  return sweep_->search(query, count, filter);
}

/// Leaves out films that the model does not know.
void FallbackSearch::score_anew(std::span<const float> query, std::vector<Candidate>& films) const {
  const auto row_of = [this](const Candidate& film) {
    return film.movie < row_of_key_.size() ? row_of_key_[film.movie] : -1;
  };
  std::erase_if(films, [&](const Candidate& film) { return row_of(film) < 0; });
  for (Candidate& film : films) {
    film.score = linalg::dot(model_->items().row(static_cast<std::size_t>(row_of(film))), query);
  }
  std::sort(films.begin(), films.end(), ranks_before);
}

}  // namespace marquee::retrieval
