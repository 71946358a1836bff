#pragma once

#include <set>
#include <stdexcept>
#include <string>

#include "sim/life.h"

namespace marquee::sim {

/// A promise that was broken.
class Violation : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws Violation with `what` unless `holds`.
void require(bool holds, const std::string& what);

/// What the life shows is what the reference says, for every viewer and count; the sum of the books
/// holds; and check_cache().
void check_shown(Life& life, const World& world);

/// L1 keeps no list older than its viewer, and none with a film that the viewer has met.
void check_cache(Life& life, const World& world);

/// What is stored is what the life shows; only after all of it was stored.
void check_stored(Life& life, const World& world);

/// Every (viewer, event id) of the log that can be folded was applied once, as it came first.
void check_exactly_once(const Written& written, const testing::FakeProfileStore& store);

/// What a request may see: taken before it is made.
struct Expected {
  std::set<std::string> met;  ///< films the viewer has met, disliked or hidden
  std::optional<Offset> offset;
};
Expected expected_of(const testing::ReferenceFold& reference, const UserId& user);

/// The list keeps to `expected`, leaves out `withdrawn`, repeats nothing and names its offset.
void check_list(const RecommendationList& list, const Expected& expected,
                const std::set<std::string>& withdrawn, const Life& life, const World& world);

}  // namespace marquee::sim
