#include <algorithm>
#include <bit>
#include <string>
#include <vector>

#include "speed/rebuild.h"

namespace marquee::speed {
namespace {

// The canonical bytes: integers as 8 bytes little-endian, texts behind their length, films by id.
// Every list stands behind its length, so no two states render alike.

void put(std::string& out, std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<char>(number >> shift));
}

void put(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint64_t>(text.size()));
  out += text;
}

void put_signed(std::string& out, std::int64_t number) {
  put(out, static_cast<std::uint64_t>(number));
}

void put(std::string& out, const Interaction& interaction, const MovieTable& movies) {
  put(out, movies.id_of(interaction.movie).value());
  put(out, static_cast<std::uint64_t>(interaction.type));
  put(out, interaction.value ? 1U + std::uint64_t{std::bit_cast<std::uint32_t>(*interaction.value)}
                             : std::uint64_t{0});
  put_signed(out, interaction.ts_ms);
  put(out, interaction.seq);
}

void put(std::string& out, const MovieState& state, const MovieTable& movies) {
  put(out, movies.id_of(state.movie).value());
  put(out, std::uint64_t{state.seen});
  put(out, std::uint64_t{state.positive});
  put(out, std::uint64_t{state.hidden});
  put(out, std::uint64_t{state.watchlisted});
  put_signed(out, state.counted_day);
}

std::string canonical_profile(const UserId& user, const UserProfile& profile,
                              const MovieTable& movies) {
  std::string out;
  put(out, user.value());
  put(out, static_cast<std::uint64_t>(profile.recent.size()));
  for (const Interaction& interaction : profile.recent) put(out, interaction, movies);
  std::vector<MovieState> states = profile.movies;
  std::sort(states.begin(), states.end(), [&movies](const MovieState& a, const MovieState& b) {
    return movies.id_of(a.movie) < movies.id_of(b.movie);
  });
  put(out, static_cast<std::uint64_t>(states.size()));
  for (const MovieState& state : states) put(out, state, movies);
  put(out, profile.version);
  put(out, profile.history_size);
  put(out, profile.last_offset ? profile.last_offset->to_string() : std::string());
  return out;
}

std::string canonical_counts(std::vector<CountDelta> counts, const MovieTable& movies) {
  std::sort(counts.begin(), counts.end(), [&movies](const CountDelta& a, const CountDelta& b) {
    if (a.movie != b.movie) return movies.id_of(a.movie) < movies.id_of(b.movie);
    return a.day < b.day;
  });
  std::string out;
  put(out, std::string_view("counts"));
  for (const CountDelta& count : counts) {
    if (count.delta == 0) continue;  // whether a store keeps zeros is its own business
    put(out, movies.id_of(count.movie).value());
    put_signed(out, count.day);
    put_signed(out, count.delta);
  }
  return out;
}

}  // namespace

Result<StateHash> hash_state(const ProfileStore& store, const MovieTable& movies) {
  Sha256 sha;
  std::vector<CountDelta> counts;
  MARQUEE_TRY(FoldedTotals at, store.load(
                                   [&](const UserId& user, const UserProfile& profile) {
                                     sha.update(canonical_profile(user, profile, movies));
                                   },
                                   [&](const CountDelta& count) { counts.push_back(count); }));
  sha.update(canonical_counts(std::move(counts), movies));
  return StateHash{sha.hex(), std::move(at)};
}

}  // namespace marquee::speed
