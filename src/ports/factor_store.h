#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/ids.h"

namespace marquee {

/// A generation of item vectors as a store holds it.
struct FactorGeneration {
  ModelVersion generation;
  std::size_t dimensions = 0;
  std::uint64_t films = 0;

  bool operator==(const FactorGeneration&) const = default;
};

/// Item vectors of every generation, where a VectorSearch of another process can find them.
///
/// Contract: ports/contract/factor_store_contract.h. Threads: any; also several processes at once.
class FactorStore {
 public:
  /// Hands out the next film's vector; none at the end.
  using Factors = std::function<Result<std::optional<std::pair<MovieId, std::vector<float>>>>()>;
  /// What becomes of a generation of that name which is there already.
  enum class IfPresent { kReplace, kKeep };
  static constexpr std::size_t kDimensionsMax = 2'000;

  FactorStore() = default;
  FactorStore(const FactorStore&) = delete;
  FactorStore& operator=(const FactorStore&) = delete;
  virtual ~FactorStore() = default;

  /// Writes `generation` whole: all or nothing, and readers see what stood there until all of it
  /// is. `factors` is asked for nothing when what is there is kept. kInvalidArgument for 0 or too
  /// many dimensions, a vector of another length or with a number that is not finite, a film that
  /// occurs twice, or a generation that is no id.
  virtual Result<void> write(const ModelVersion& generation, std::size_t dimensions,
                             const Factors& factors, IfPresent if_present) = 0;
  /// Does nothing when there is none.
  virtual Result<void> drop(const ModelVersion& generation) = 0;
  /// In order of their names.
  virtual Result<std::vector<FactorGeneration>> generations() const = 0;
};

}  // namespace marquee
