#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/factor_model.h"

namespace marquee::models {

/// For every item row of a model the rows most like it: "more like this", and candidates of films
/// that were met last. Immutable; 8 bytes a neighbour.
class ItemNeighbors {
 public:
  struct Neighbor {
    std::uint32_t row = 0;  ///< item row of the same model
    float weight = 0;       ///< cosine of the two item vectors, in (0, 1]

    bool operator==(const Neighbor&) const = default;
  };

  /// None for any row.
  ItemNeighbors() = default;
  /// `starts` has one entry for each item row and one more: row r has neighbors[starts[r] ..
  /// starts[r+1]).
  ItemNeighbors(std::vector<std::uint64_t> starts, std::vector<Neighbor> neighbors);

  /// The most alike first, ties by smaller row; never the row itself. Empty for a row beyond the
  /// model.
  std::span<const Neighbor> of(std::uint32_t row) const {
    if (row + std::size_t{1} >= starts_.size()) return {};
    return std::span(neighbors_).subspan(starts_[row], starts_[row + 1] - starts_[row]);
  }
  /// Has of(row) fetched into the processor's cache, for who soon looks at it.
  void prefetch(std::uint32_t row) const {
    constexpr std::size_t kOfLine = 64 / sizeof(Neighbor);
    const auto neighbors = of(row);
    for (std::size_t n = 0; n < neighbors.size(); n += kOfLine) __builtin_prefetch(&neighbors[n]);
  }
  bool empty() const { return neighbors_.empty(); }
  bool operator==(const ItemNeighbors&) const = default;

 private:
  std::vector<std::uint64_t> starts_{0};
  std::vector<Neighbor> neighbors_;
};

/// The at most `count` items of largest positive cosine with each item, by one exact sweep for
/// each: O(items²·k). The same model gives the same neighbours for any number of workers.
ItemNeighbors nearest_items(const FactorModel& model, std::size_t count, std::size_t workers);

inline constexpr const char* kItemNeighborsFile = "item_neighbors.parquet";

/// As item_neighbors.parquet (formats/parquet.h). The same neighbours give the same bytes.
Result<std::vector<std::byte>> encode_neighbors(const FactorModel& model,
                                                const ItemNeighbors& neighbors);
/// kDataLoss for damaged bytes, another schema, a film that `model` does not have or that is its
/// own neighbour, and a weight outside (0, 1] or above the one before it.
Result<ItemNeighbors> decode_neighbors(const FactorModel& model, std::span<const std::byte> bytes);

}  // namespace marquee::models
