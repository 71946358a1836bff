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

/// Keeps the `count` best of all that are offered, in a heap whose worst is on top; most offers end
/// at one comparison with threshold(). A NaN is never kept. Not thread-safe.
class TopK {
 public:
  explicit TopK(std::size_t count);

  /// A score below it cannot be kept; an equal one only with a smaller index.
  float threshold() const { return threshold_; }
  void offer(std::uint32_t index, float score) {
    if (score >= threshold_) insert({index, score});
  }
  /// What was kept, best first; the heap is empty afterwards.
  std::vector<Scored> take();

 private:
  void insert(const Scored& candidate);

  std::size_t count_;
  float threshold_;
  std::vector<Scored> heap_;
};

/// The at most `count` largest of `scores`, best first. Scores of NaN and -infinity are left out,
/// so a caller excludes an index by writing -infinity over its score.
std::vector<Scored> top_k(std::span<const float> scores, std::size_t count);

}  // namespace marquee::linalg
