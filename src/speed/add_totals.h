#pragma once

#include "ports/profile_store.h"

namespace marquee::speed {

inline void add(FoldTotals& sum, const FoldTotals& more) {
  sum.applied += more.applied;
  sum.deduplicated += more.deduplicated;
  sum.dead_lettered += more.dead_lettered;
  sum.history += more.history;
}

/// What `after` has more than `before`, of which nothing is more.
inline FoldTotals difference(const FoldTotals& after, const FoldTotals& before) {
  return {after.applied - before.applied, after.deduplicated - before.deduplicated,
          after.dead_lettered - before.dead_lettered, after.history - before.history};
}

}  // namespace marquee::speed
