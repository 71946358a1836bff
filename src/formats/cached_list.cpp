#include "formats/cached_list.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "formats/varint.h"

namespace marquee::formats {
namespace {

constexpr std::size_t kVersionDigits = kCachedListStampAt - kCachedListVersionAt;
constexpr std::size_t kCrcBytes = 4;
/// An item is at least a length, one character and a score.
constexpr std::size_t kItemBytesMin = 6;

void append_text(std::string& out, std::string_view text) {
  append_varint(out, text.size());
  out += text;
}

/// Stored numbers of Source; the enumerators' order may change, these may not.
constexpr Source kSources[] = {Source::kRedisCache, Source::kMemoryCache, Source::kHybrid,
                               Source::kRealtime,   Source::kBatch,       Source::kPopular};

std::uint8_t number_of(Source source) {
  const auto* const at = std::find(std::begin(kSources), std::end(kSources), source);
  return static_cast<std::uint8_t>(at - std::begin(kSources));
}

Error damaged(const char* what) {
  return Error{ErrorCode::kDataLoss,
               std::string("a cached list ") + what + "; it is left out and computed again"};
}

struct StoredItem {
  std::string_view movie_id;
  float score = 0;
};

std::vector<StoredItem> read_items(ByteReader& in) {
  std::vector<StoredItem> items(in.count(kItemBytesMin));
  for (StoredItem& item : items) {
    item.movie_id = in.text(in.varint());
    item.score = std::bit_cast<float>(in.u32());
    if (!is_valid_id(item.movie_id) || !std::isfinite(item.score)) in.fail();
    if (!in.ok()) return {};
  }
  return items;
}

std::vector<Candidate> to_candidates(const std::vector<StoredItem>& items, MovieTable& movies) {
  std::vector<Candidate> candidates;
  candidates.reserve(items.size());
  for (const StoredItem& item : items) {
    const auto known = movies.find(item.movie_id);
    candidates.push_back(
        {known ? *known : movies.intern(MovieId(std::string(item.movie_id))), item.score});
  }
  return candidates;
}

}  // namespace

std::string version_digits(std::uint64_t version) { return fmt::format("{:020}", version); }

std::optional<std::uint64_t> parse_version_digits(std::string_view text) {
  if (text.size() != kVersionDigits) return std::nullopt;
  std::uint64_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return version;
}

std::string cached_list_stamp(const UserId& user, std::string_view epoch,
                              const std::optional<ModelVersion>& generation) {
  std::string stamp;
  append_text(stamp, user.value());
  append_text(stamp, epoch);
  stamp.push_back(generation ? 1 : 0);
  if (generation) append_text(stamp, generation->value());
  return stamp;
}

std::string encode_cached_list(const CachedList& list, std::string_view stamp,
                               const MovieTable& movies) {
  std::string out(1, kCachedListFormat);
  out.reserve(64 + stamp.size() + list.items.size() * 14);
  out += version_digits(list.profile_version);
  out += stamp;
  out.push_back(static_cast<char>(number_of(list.computed_by)));
  append_zigzag(out, list.generated_at_ms);
  append_varint(out, list.items.size());
  for (const Candidate& item : list.items) {
    append_text(out, movies.id_of(item.movie).value());
    append_u32(out, std::bit_cast<std::uint32_t>(item.score));
  }
  append_u32(out, crc32c(std::as_bytes(std::span(out))));
  return out;
}

Result<CachedList> decode_cached_list(std::span<const std::byte> bytes, std::string_view stamp,
                                      const std::optional<ModelVersion>& generation,
                                      MovieTable& movies) {
  if (bytes.size() < kCachedListStampAt + kCrcBytes) return damaged("is cut short");
  const auto body = bytes.first(bytes.size() - kCrcBytes);
  if (ByteReader(bytes.last(kCrcBytes)).u32() != crc32c(body)) return damaged("fails its checksum");
  ByteReader in(body);
  if (in.u8() != kCachedListFormat)
    return damaged("is of a format that this program does not know");
  const auto version = parse_version_digits(in.text(kVersionDigits));
  if (!version) return damaged("has no profile version");
  if (in.text(stamp.size()) != stamp) {
    return Error{ErrorCode::kNotFound,
                 "the cached list is of another viewer, epoch or generation than was asked for"};
  }
  CachedList list;
  list.generation = generation;
  list.profile_version = *version;
  const std::uint8_t source = in.u8();
  list.generated_at_ms = in.zigzag();
  const std::vector<StoredItem> items = read_items(in);
  if (!in.ok() || in.remaining() != 0 || source >= std::size(kSources)) {
    return damaged("is malformed");
  }
  list.computed_by = kSources[source];
  list.items = to_candidates(items, movies);
  return list;
}

}  // namespace marquee::formats
