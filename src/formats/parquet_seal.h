#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace marquee::formats::internal {

// A CRC-32C over a whole Parquet file, carried in its own key-value metadata. Parquet's page
// checksums leave page headers and the footer open: a flipped bit there can shift or lose rows
// unnoticed.

inline constexpr std::string_view kSealKey = "marquee.crc32c";
/// The value to write first: seal() puts the checksum, as 8 hex digits, in place of the zeros.
inline constexpr std::string_view kUnsealed = "crc32c=00000000";

/// Computes the checksum of `file`, which holds kUnsealed, with the zeros, and puts it in.
void seal(std::vector<std::byte>& file);

/// kDataLoss when `file` has a checksum that is not its own. Files of other writers have none and
/// pass.
Result<void> check_seal(std::span<const std::byte> file);

}  // namespace marquee::formats::internal
