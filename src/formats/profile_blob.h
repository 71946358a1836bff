#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"
#include "domain/movie_table.h"
#include "domain/user_profile.h"

namespace marquee::formats {

/// A profile as canonical bytes (docs/formats/profile.md): films by id, sorted by id, so that equal
/// profiles give equal bytes whatever keys this process dealt. Ends with a CRC-32C.
std::string encode_profile(const UserProfile& profile, const MovieTable& movies);
/// kDataLoss when the bytes are damaged or of an unknown version. Interns films in `movies`.
Result<UserProfile> decode_profile(std::span<const std::byte> bytes, MovieTable& movies);

}  // namespace marquee::formats
