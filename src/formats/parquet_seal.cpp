#include "formats/parquet_seal.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/hash.h"

namespace marquee::formats::internal {
namespace {

constexpr std::string_view kTag = kUnsealed.substr(0, kUnsealed.find('0'));
constexpr std::string_view kZeros = kUnsealed.substr(kTag.size());

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Where the 8 digits stand: behind the last tag, since the metadata is at the file's end.
std::optional<std::size_t> find_digits(std::span<const std::byte> file) {
  const std::string_view text = as_text(file);
  if (text.rfind(kSealKey) == std::string_view::npos) return std::nullopt;
  const std::size_t tag = text.rfind(kTag);
  if (tag == std::string_view::npos || tag + kUnsealed.size() > text.size()) return std::nullopt;
  return tag + kTag.size();
}

std::string checksum(std::span<const std::byte> file, std::size_t digits) {
  std::uint32_t crc = crc32c(file.first(digits));
  crc = crc32c(std::as_bytes(std::span(kZeros)), crc);
  crc = crc32c(file.subspan(digits + kZeros.size()), crc);
  return fmt::format("{:08x}", crc);
}

}  // namespace

void seal(std::vector<std::byte>& file) {
  const auto digits = find_digits(file);
  if (!digits) return;
  const std::string sum = checksum(file, *digits);
  std::ranges::copy(std::as_bytes(std::span(sum)),
                    file.begin() + static_cast<std::ptrdiff_t>(*digits));
}

Result<void> check_seal(std::span<const std::byte> file) {
  const auto digits = find_digits(file);
  if (!digits) return {};
  const std::string_view stored = as_text(file).substr(*digits, kZeros.size());
  const std::string computed = checksum(file, *digits);
  if (stored == computed) return {};
  return Error{ErrorCode::kDataLoss,
               fmt::format("damaged Parquet file: its CRC-32C is {}, its content gives {}",
                           // what stands there may be anything
                           std::ranges::all_of(stored, [](char c) { return c > ' ' && c < 127; })
                               ? stored
                               : "unreadable",
                           computed)};
}

}  // namespace marquee::formats::internal
