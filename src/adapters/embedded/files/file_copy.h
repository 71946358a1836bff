#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "adapters/embedded/files/disk.h"
#include "base/result.h"

namespace marquee::embedded {

/// What a file holds.
struct FileDigest {
  std::uint64_t bytes = 0;
  std::string sha256;  ///< 64 hex digits

  bool operator==(const FileDigest&) const = default;
};

/// Copies the first `bytes_max` bytes of `from`, or all when it has fewer, to `to`, which is
/// replaced; the content is on stable storage when this returns, the name is not. The digest is of
/// the bytes that were read, so it also tells a copy that went wrong later. Bounded memory.
Result<FileDigest> copy_file(Disk& disk, const std::string& from, const std::string& to,
                             std::uint64_t bytes_max = std::numeric_limits<std::uint64_t>::max());

Result<FileDigest> digest_file(Disk& disk, const std::string& path);

}  // namespace marquee::embedded
