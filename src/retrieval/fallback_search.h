#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/factor_model.h"
#include "ports/vector_search.h"
#include "retrieval/search_gate.h"

namespace marquee::retrieval {

/// VectorSearch of one generation by a server's index, and by the own sweep whenever that is of no
/// use: not ready, away, slow, failing, short of films, or behind a narrow filter. What the server
/// finds is scored anew from the model, so a film has the same score to the bit whoever found it.
/// Thread-safe.
class FallbackSearch final : public VectorSearch {
 public:
  /// `sweep` is exact and of `model`; `row_of_key` says which item row a film is, -1 for none.
  /// `gate` must outlive it.
  FallbackSearch(std::shared_ptr<const models::FactorModel> model,
                 std::shared_ptr<const VectorSearch> sweep, std::vector<std::int32_t> row_of_key,
                 SearchGate& gate);

  /// From now on searches ask `index`, which is of the same generation. Once.
  void use(std::unique_ptr<const VectorSearch> index);
  /// What use() was given; null before.
  const VectorSearch* index() const { return ready_.load(std::memory_order_acquire); }
  const VectorSearch& sweep() const { return *sweep_; }
  const models::FactorModel& model() const { return *model_; }

  std::size_t dimensions() const override { return sweep_->dimensions(); }
  Result<std::vector<Candidate>> search(std::span<const float> query, std::size_t count,
                                        const Filter& filter) const override;

 private:
  Result<std::vector<Candidate>> fall_back(SearchGate::Reason reason, std::span<const float> query,
                                           std::size_t count, const Filter& filter) const;
  bool is_narrow(std::size_t count, const Filter& filter) const;
  void score_anew(std::span<const float> query, std::vector<Candidate>& films) const;

  const std::shared_ptr<const models::FactorModel> model_;
  const std::shared_ptr<const VectorSearch> sweep_;
  const std::vector<std::int32_t> row_of_key_;
  std::vector<MovieKey> sample_;  ///< films from all over the model
  SearchGate& gate_;
  std::unique_ptr<const VectorSearch> index_;
  std::atomic<const VectorSearch*> ready_ = nullptr;
};

}  // namespace marquee::retrieval
