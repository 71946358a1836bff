#include "ranking/exploration.h"

namespace marquee::ranking {

void explore(std::vector<Candidate>& items, std::span<const Candidate> fresh) {
  std::size_t place = kExplorationFirst;
  for (const Candidate& film : fresh) {
    if (place > items.size()) return;
    items.insert(items.begin() + static_cast<std::ptrdiff_t>(place), film);
    place += kExplorationEvery;
  }
}

}  // namespace marquee::ranking
