#include "formats/profile_blob.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <vector>

#include "base/hash.h"
#include "domain/film_places.h"
#include "formats/varint.h"

namespace marquee::formats {
namespace {

constexpr std::uint8_t kProfileVersion = 1;
constexpr std::uint8_t kHasValue = 0x80;
constexpr std::uint8_t kTypeMax = static_cast<std::uint8_t>(EventType::kUndo);

/// A film of a profile, to be sorted by id.
struct Film {
  std::uint64_t front = 0;  ///< of the id, eight bytes: nearly always they decide
  const std::string* id = nullptr;
  MovieKey key = 0;
  const MovieState* state = nullptr;  ///< null when nothing is counted of it

  bool operator<(const Film& other) const {
    return front != other.front ? front < other.front : *id < *other.id;
  }
};

Film film_of(MovieKey key, const MovieState* state, const MovieTable& movies) {
  Film film{0, &movies.id_of(key).value(), key, state};
  for (std::size_t i = 0; i < 8; ++i) {
    film.front <<= 8;
    if (i < film.id->size()) film.front |= static_cast<unsigned char>((*film.id)[i]);
  }
  return film;
}

/// The films of a profile in order of id, and the place of each key in it.
struct Films {
  std::vector<Film> sorted;
  FilmPlaces place;
};

Films films_of(const UserProfile& profile, const MovieTable& movies) {
  const std::size_t films_max = profile.movies.size() + profile.recent.size();
  Films films{{}, FilmPlaces(films_max)};
  films.sorted.reserve(films_max);
  for (const MovieState& state : profile.movies) {
    films.place[state.movie] = 0;
    films.sorted.push_back(film_of(state.movie, &state, movies));
  }
  for (const Interaction& item : profile.recent) {
    std::uint32_t& place = films.place[item.movie];
    if (place == FilmPlaces::kNone) films.sorted.push_back(film_of(item.movie, nullptr, movies));
    place = 0;
  }
  std::sort(films.sorted.begin(), films.sorted.end());
  for (std::uint32_t i = 0; i < films.sorted.size(); ++i) films.place[films.sorted[i].key] = i;
  return films;
}

void append_head(std::string& out, const UserProfile& profile) {
  out.push_back(static_cast<char>(kProfileVersion));
  append_varint(out, profile.version);
  append_varint(out, profile.history_size);
  out.push_back(profile.last_offset ? 1 : 0);
  if (profile.last_offset) {
    append_zigzag(out, profile.last_offset->partition);
    append_varint(out, profile.last_offset->sequence);
  }
}

void append_states(std::string& out, const UserProfile& profile, const Films& films) {
  append_varint(out, profile.movies.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < films.sorted.size(); ++i) {
    const MovieState* state = films.sorted[i].state;
    if (state == nullptr) continue;
    append_varint(out, i - next);
    next = i + 1;
    append_varint(out, state->seen);
    append_varint(out, state->positive);
    append_varint(out, state->hidden);
    out.push_back(state->watchlisted ? 1 : 0);
    append_zigzag(out, state->counted_day);
  }
}

void append_recent(std::string& out, const UserProfile& profile, Films& films) {
  append_varint(out, profile.recent.size());
  for (const Interaction& item : profile.recent) {
    append_varint(out, films.place[item.movie]);
    const auto type = static_cast<std::uint8_t>(item.type);
    out.push_back(static_cast<char>(item.value ? type | kHasValue : type));
    if (item.value) append_u32(out, std::bit_cast<std::uint32_t>(*item.value));
    append_zigzag(out, item.ts_ms);
    append_varint(out, item.seq);
  }
}

std::int32_t read_i32(ByteReader& in) {
  const std::int64_t value = in.zigzag();
  if (value != static_cast<std::int32_t>(value)) in.fail();
  return static_cast<std::int32_t>(value);
}

std::uint32_t read_u32_varint(ByteReader& in) {
  const std::uint64_t value = in.varint();
  if (value > std::numeric_limits<std::uint32_t>::max()) in.fail();
  return static_cast<std::uint32_t>(value);
}

bool read_flag(ByteReader& in) {
  const std::uint8_t value = in.u8();
  if (value > 1) in.fail();
  return value == 1;
}

void read_head(ByteReader& in, UserProfile& profile) {
  profile.version = in.varint();
  profile.history_size = in.varint();
  if (!read_flag(in)) return;
  Offset offset;
  offset.partition = read_i32(in);
  offset.sequence = in.varint();
  profile.last_offset = offset;
}

/// Ids only; they are interned when the whole blob has proved sound.
std::vector<std::string_view> read_films(ByteReader& in) {
  std::vector<std::string_view> ids(in.count(1));
  for (std::size_t i = 0; i < ids.size() && in.ok(); ++i) {
    ids[i] = in.text(in.varint());
    if (i > 0 && ids[i] <= ids[i - 1]) in.fail();
  }
  return ids;
}

/// `movie` of what is read is a place among the films until the keys are known.
void read_states(ByteReader& in, std::size_t films, UserProfile& profile) {
  profile.movies.resize(in.count(6));
  std::uint64_t next = 0;
  for (MovieState& state : profile.movies) {
    const std::uint64_t skipped = in.varint();
    if (!in.ok() || next >= films || skipped >= films - next) return in.fail();
    state.movie = static_cast<MovieKey>(next + skipped);
    next = state.movie + 1ULL;
    state.seen = read_u32_varint(in);
    state.positive = read_u32_varint(in);
    state.hidden = read_u32_varint(in);
    state.watchlisted = read_flag(in);
    state.counted_day = read_i32(in);
  }
}

void read_recent(ByteReader& in, std::size_t films, UserProfile& profile) {
  profile.recent.resize(in.count(4));
  for (Interaction& item : profile.recent) {
    const std::uint64_t film = in.varint();
    const std::uint8_t type = in.u8();
    if (!in.ok() || film >= films || (type & ~kHasValue) > kTypeMax) return in.fail();
    item.movie = static_cast<MovieKey>(film);
    item.type = static_cast<EventType>(type & ~kHasValue);
    if ((type & kHasValue) != 0) item.value = std::bit_cast<float>(in.u32());
    item.ts_ms = in.zigzag();
    item.seq = in.varint();
  }
}

void places_to_keys(const std::vector<std::string_view>& ids, UserProfile& profile,
                    MovieTable& movies) {
  std::vector<MovieKey> keys(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto known = movies.find(ids[i]);
    keys[i] = known ? *known : movies.intern(MovieId(std::string(ids[i])));
  }
  for (MovieState& state : profile.movies) state.movie = keys[state.movie];
  for (Interaction& item : profile.recent) item.movie = keys[item.movie];
  std::sort(profile.movies.begin(), profile.movies.end(),
            [](const MovieState& a, const MovieState& b) { return a.movie < b.movie; });
}

Error damaged_profile(const char* what) {
  return Error{ErrorCode::kDataLoss,
               std::string("profile ") + what + "; run 'marquee rebuild' to fold it again"};
}

}  // namespace

std::string encode_profile(const UserProfile& profile, const MovieTable& movies) {
  Films films = films_of(profile, movies);
  std::string out;
  out.reserve(64 + films.sorted.size() * 14 + profile.recent.size() * 16);
  append_head(out, profile);
  append_varint(out, films.sorted.size());
  for (const Film& film : films.sorted) {
    append_varint(out, film.id->size());
    out += *film.id;
  }
  append_states(out, profile, films);
  append_recent(out, profile, films);
  append_u32(out, crc32c(std::as_bytes(std::span(out))));
  return out;
}

Result<UserProfile> decode_profile(std::span<const std::byte> bytes, MovieTable& movies) {
  constexpr std::size_t kChecksumBytes = 4;
  if (bytes.size() < kChecksumBytes + 1) return damaged_profile("is cut short");
  const auto body = bytes.first(bytes.size() - kChecksumBytes);
  if (ByteReader(bytes.last(kChecksumBytes)).u32() != crc32c(body))
    return damaged_profile("fails its checksum");
  ByteReader in(body);
  if (in.u8() != kProfileVersion)
    return damaged_profile("is of a version that this program does not know");
  UserProfile profile;
  read_head(in, profile);
  const auto ids = read_films(in);
  read_states(in, ids.size(), profile);
  read_recent(in, ids.size(), profile);
  if (!in.ok() || in.remaining() != 0) return damaged_profile("is malformed");
  places_to_keys(ids, profile, movies);
  return profile;
}

}  // namespace marquee::formats
