#include "testing/hostile_ids.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <limits>
#include <string_view>

#include "base/rng.h"

namespace marquee::testing {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:@-";
constexpr std::size_t kLength = 128;

// std::hash<std::string> is MurmurHashUnaligned2 (gcc, libstdc++-v3/libsupc++/hash_bytes.cc): every
// 8 bytes are mixed and joined to a state of 64 bits, each step of which can be undone.
constexpr std::uint64_t kMultiplier = 0xc6a4a7935bd1e995;
constexpr std::uint64_t kSeed = 0xc70f6907;

constexpr std::uint64_t inverse_of(std::uint64_t odd) {
  std::uint64_t inverse = odd;  // Newton: the number of right bits doubles, from 3
  for (int i = 0; i < 5; ++i) inverse *= 2 - odd * inverse;
  return inverse;
}
constexpr std::uint64_t kInverse = inverse_of(kMultiplier);
static_assert(kMultiplier * kInverse == 1);

constexpr std::uint64_t shift_mix(std::uint64_t value) { return value ^ (value >> 47); }
std::uint64_t joined(std::uint64_t state, std::uint64_t word) {
  return (state ^ (shift_mix(word * kMultiplier) * kMultiplier)) * kMultiplier;
}
/// The word that takes `from` to `to`.
std::uint64_t word_between(std::uint64_t from, std::uint64_t to) {
  return shift_mix((from ^ (to * kInverse)) * kInverse) * kInverse;  // its own inverse: 47 > 32
}

using Word = std::array<char, 8>;
std::uint64_t number_of(const Word& word) {
  std::uint64_t number = 0;
  std::memcpy(&number, word.data(), sizeof(number));
  return number;
}
bool is_text(const Word& word) {
  return std::all_of(word.begin(), word.end(),
                     [](char c) { return kAlphabet.find(c) != std::string_view::npos; });
}
Word random_word(Rng& rng) {
  Word word;
  for (char& c : word) c = kAlphabet[rng.below(kAlphabet.size())];
  return word;
}

/// Pairs of words that all lead from `state` to the same one, which becomes `state`: one random
/// word, and the one that makes up for it, where that happens to be text (1 in 50,000).
std::vector<std::string> variants(std::uint64_t& state, std::size_t count, Rng& rng) {
  const std::uint64_t end =
      joined(joined(state, number_of(random_word(rng))), number_of(random_word(rng)));
  std::vector<std::string> found;
  while (found.size() < count) {
    const Word first = random_word(rng);
    const std::uint64_t number = word_between(joined(state, number_of(first)), end);
    Word second;
    std::memcpy(second.data(), &number, sizeof(number));
    if (!is_text(second)) continue;
    std::string text(first.begin(), first.end());
    text.append(second.begin(), second.end());
    if (std::find(found.begin(), found.end(), text) == found.end()) found.push_back(text);
  }
  state = end;
  return found;
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Every way through stages of words, in an order of its own.
std::vector<std::string> ways_through(const std::vector<std::vector<std::string>>& stages) {
  std::vector<std::string> ids;
  ids.reserve(kHostileIds);
  for (std::size_t i = 0; i < kHostileIds; ++i) {
    std::string id;
    id.reserve(kLength);
    std::size_t way = i;
    for (const auto& stage : stages) {
      id += stage[way % stage.size()];
      way /= stage.size();
    }
    ids.push_back(std::move(id));
  }
  return ids;
}

constexpr std::size_t kVariants = 5;
constexpr std::size_t kStages = kLength / (2 * sizeof(Word));

std::vector<std::string> make_hostile() {
  Rng rng(1);
  std::uint64_t state = kSeed ^ (kLength * kMultiplier);
  std::vector<std::vector<std::string>> stages(kStages);
  for (auto& stage : stages) stage = variants(state, kVariants, rng);  // Joux's multicollisions
  return ways_through(stages);
}

std::vector<std::string> make_ordinary() {
  Rng rng(2);
  std::vector<std::vector<std::string>> stages(kStages);
  for (auto& stage : stages) {
    while (stage.size() < kVariants) {
      std::string text;
      for (int word = 0; word < 2; ++word) {
        const Word chars = random_word(rng);
        text.append(chars.begin(), chars.end());
      }
      stage.push_back(text);
    }
  }
  return ways_through(stages);
}

double cost_ratio(const std::function<void(const std::vector<std::string>&)>& work,
                  const std::vector<std::string>& ordinary, const std::vector<std::string>& hostile,
                  int runs) {
  const std::array ids{&ordinary, &hostile};
  std::array<double, 2> best;
  best.fill(std::numeric_limits<double>::max());
  for (int run = 0; run < runs; ++run) {
    for (std::size_t kind = 0; kind < ids.size(); ++kind) {
      const double before = cpu_seconds();
      work(*ids[kind]);
      best[kind] = std::min(best[kind], cpu_seconds() - before);
    }
  }
  return best[1] / best[0];
}

}  // namespace

const std::vector<std::string>& hostile_ids() {
  static const std::vector<std::string> kIds = make_hostile();
  return kIds;
}

const std::vector<std::string>& ordinary_ids() {
  static const std::vector<std::string> kIds = make_ordinary();
  return kIds;
}

double cost_of_hostile_ids(const std::function<void(const std::vector<std::string>&)>& work) {
  constexpr int kRuns = 3;
  constexpr std::size_t kFew = 3'000;
  constexpr double kHopeless = 5;
  const auto few = [](const std::vector<std::string>& ids) {
    return std::vector<std::string>(ids.begin(), ids.begin() + kFew);
  };
  // Few tell already whether they collide; all of them would then take minutes.
  const double ratio = cost_ratio(work, few(ordinary_ids()), few(hostile_ids()), kRuns);
  if (ratio > kHopeless) return ratio;
  return cost_ratio(work, ordinary_ids(), hostile_ids(), kRuns);
}

}  // namespace marquee::testing
