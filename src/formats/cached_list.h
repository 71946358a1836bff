#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/cached_list.h"
#include "domain/ids.h"
#include "domain/movie_table.h"

namespace marquee::formats {

// A list in a cache that many processes share (docs/formats/cached_list.md): films by id, whom it
// is for, and a CRC-32C at the end. The front has fixed places, so that a script inside the cache
// can compare two lists without reading them:
//
//   format (1 byte)   profile version (20 digits)   stamp   the rest

inline constexpr char kCachedListFormat = 1;
inline constexpr std::size_t kCachedListVersionAt = 1;
inline constexpr std::size_t kCachedListStampAt = 21;

/// A profile version as 20 decimal digits, so that the order of the texts is that of the numbers.
std::string version_digits(std::uint64_t version);
/// 20 digits of at most 2^64 - 1, else nothing.
std::optional<std::uint64_t> parse_version_digits(std::string_view text);

/// Whose list, of which epoch of the cache and which generation: the bytes by which an answer shows
/// that it is one to what was asked. `epoch` is the cache's own word for its contents since they
/// were last dropped.
std::string cached_list_stamp(const UserId& user, std::string_view epoch,
                              const std::optional<ModelVersion>& generation);

/// `stamp` must be for list.generation.
std::string encode_cached_list(const CachedList& list, std::string_view stamp,
                               const MovieTable& movies);
/// kNotFound when the list bears another stamp, kDataLoss when the bytes are damaged, of another
/// format or of an unknown source. Interns films in `movies` once all has proved sound.
Result<CachedList> decode_cached_list(std::span<const std::byte> bytes, std::string_view stamp,
                                      const std::optional<ModelVersion>& generation,
                                      MovieTable& movies);

}  // namespace marquee::formats
