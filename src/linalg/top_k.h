#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace marquee::linalg {

/// An index and its score.
struct Scored {
  std::uint32_t index = 0;
  float score = 0;

  bool operator==(const Scored&) const = default;
};

/// The order of every list: higher score first, ties by smaller index.
inline bool ranks_before(const Scored& a, const Scored& b) {
  return a.score != b.score ? a.score > b.score : a.index < b.index;
}

/// Keeps the `count` best of all that are offered. What reaches the threshold waits in a room for
/// several times as many; when that is full, the best stay and the threshold rises. So most offers
/// end at a comparison of whole vectors and the others at a copy, where a heap pays a
/// misprediction a level. A NaN or -infinity is never kept. Not thread-safe.
class TopK {
 public:
  explicit TopK(std::size_t count);

  /// Offers scores[i] as that of indices[i]; no index twice.
  void offer(std::span<const float> scores, std::span<const std::uint32_t> indices);
  /// A score below it cannot be kept; an equal one only with a smaller index. Rises late unless
  /// keep_best() is called.
  float threshold() const { return threshold_; }
  /// What was kept, best first; nothing is kept afterwards.
  std::vector<Scored> take();

  /// How many there are now, the best so far among them.
  std::size_t waiting() const { return waiting_; }
  /// Lets those go that are not among the best so far.
  void keep_best();

 private:
  std::size_t count_;
  float threshold_;
  std::size_t waiting_ = 0;
  /// The first waiting_ wait, as numbers whose order is that of ranks_before, backwards.
  std::vector<std::uint64_t> ranks_;
};

/// The at most `count` largest of `scores`, best first. Scores of NaN and -infinity are left out,
/// so a caller excludes an index by writing -infinity over its score.
std::vector<Scored> top_k(std::span<const float> scores, std::size_t count);

}  // namespace marquee::linalg
