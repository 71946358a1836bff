#pragma once

#include <span>

#include "ports/profile_store.h"

namespace marquee::speed {

/// Who shows the stored state and is told of the steps that a fold in this process stores, so that
/// it need not read them back. Each begin() is followed by one end(), on the same thread.
class OwnSteps {
 public:
  OwnSteps() = default;
  OwnSteps(const OwnSteps&) = delete;
  OwnSteps& operator=(const OwnSteps&) = delete;
  virtual ~OwnSteps() = default;

  /// Steps are about to be stored.
  virtual void begin() = 0;
  /// They are stored, and `added` is what they add to the totals. With none it is not known whether
  /// they are: the store says.
  virtual void end(std::span<const FoldBatch> stored, const FoldTotals& added) = 0;
};

}  // namespace marquee::speed
