#include "adapters/embedded/files/file_copy.h"

#include <algorithm>
#include <functional>
#include <span>
#include <vector>

#include "base/hash.h"

namespace marquee::embedded {
namespace {

constexpr std::size_t kChunkBytes = 1 << 20;

/// Called for each piece, front to back, with where it begins.
using OnPiece = std::function<Result<void>(std::uint64_t at, std::span<const std::byte> piece)>;

Result<FileDigest> read_through(const File& file, std::uint64_t bytes_max, const OnPiece& take) {
  Sha256 hash;
  std::uint64_t at = 0;
  std::vector<std::byte> buffer(kChunkBytes);
  while (at < bytes_max) {
    const auto wanted = std::min<std::uint64_t>(buffer.size(), bytes_max - at);
    MARQUEE_TRY(const std::size_t got, file.read_at(at, std::span(buffer).first(wanted)));
    if (got == 0) break;
    const auto piece = std::span<const std::byte>(buffer).first(got);
    hash.update(piece);
    MARQUEE_CHECK(take(at, piece));
    at += got;
  }
  return FileDigest{at, hash.hex()};
}

}  // namespace

Result<FileDigest> copy_file(Disk& disk, const std::string& from, const std::string& to,
                             std::uint64_t bytes_max) {
  MARQUEE_TRY(const auto source, disk.open(from, Disk::Open::kRead));
  MARQUEE_TRY(const auto target, disk.open(to, Disk::Open::kCreate));
  MARQUEE_TRY(auto digest, read_through(*source, bytes_max, [&](std::uint64_t at, auto piece) {
                return target->write_at(at, piece);
              }));
  MARQUEE_CHECK(target->sync());
  return digest;
}

Result<FileDigest> digest_file(Disk& disk, const std::string& path) {
  MARQUEE_TRY(const auto file, disk.open(path, Disk::Open::kRead));
  return read_through(*file, std::numeric_limits<std::uint64_t>::max(),
                      [](std::uint64_t, auto) { return Result<void>{}; });
}

}  // namespace marquee::embedded
