#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace marquee::embedded {

/// What `error_number` (errno) means to a caller: ENOENT → kNotFound, ENOSPC and EDQUOT →
/// kResourceExhausted, EACCES, EPERM and EROFS → kPermissionDenied, a file where a directory should
/// be or the reverse → kConflict, ENAMETOOLONG → kInvalidArgument, anything else → kUnavailable.
Error file_error(int error_number, std::string_view doing, const std::filesystem::path& path);

/// Creates `path`, which must not exist, with these bytes, flushed. Nothing is left on failure.
/// `mode` is open(2)'s: 0600 for secrets.
Result<void> write_new_file(const std::filesystem::path& path, std::span<const std::byte> bytes,
                            unsigned mode = 0640);
Result<std::vector<std::byte>> read_whole_file(const std::filesystem::path& path);
/// Makes the names in `directory` durable.
Result<void> flush_directory(const std::filesystem::path& directory);

}  // namespace marquee::embedded
