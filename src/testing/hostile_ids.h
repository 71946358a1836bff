#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace marquee::testing {

inline constexpr std::size_t kHostileIds = 100'000;

/// kHostileIds distinct valid ids (domain/ids.h) of 128 characters that libstdc++'s
/// std::hash<std::string> maps to one value: what somebody sends who knows the product's source.
const std::vector<std::string>& hostile_ids();

/// As many, as long, put together in the same way, which nobody chose.
const std::vector<std::string>& ordinary_ids();

/// How many times as much CPU time `work` takes with hostile ids as with ordinary ones: the
/// quotient of the minima of several runs, alternated. A table that they collide in gives hundreds.
double cost_of_hostile_ids(const std::function<void(const std::vector<std::string>&)>& work);

/// What cost_of_hostile_ids() may be. Ordinary hashing gives 1 and a little noise.
inline constexpr double kHostileCostMax = 2;

}  // namespace marquee::testing
