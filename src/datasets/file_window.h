#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace marquee::datasets {

/// A file read front to back through a buffer of fixed size: what is buffered is looked at as text
/// and consumed from the front. A UTF-8 byte order mark at its start is passed over. Not
/// thread-safe.
class FileWindow {
 public:
  /// kNotFound / kPermissionDenied / kInternal naming `path`.
  static Result<FileWindow> open(const std::string& path);

  /// What is buffered and not consumed; valid until the next fill().
  std::string_view text() const { return {buffer_.data() + begin_, end_ - begin_}; }
  /// The same, to be changed in place.
  char* data() { return buffer_.data() + begin_; }
  void consume(std::size_t bytes) { begin_ += bytes; }
  /// Buffers at least `bytes` of text, or what the file still has. An error when the disk fails.
  Result<void> need(std::size_t bytes);
  /// Consumes the rest of the line that text() begins in, whatever its length.
  Result<void> skip_line();

  bool at_end_of_file() const { return at_end_of_file_; }
  std::uint64_t bytes_left() const { return file_bytes_ - bytes_read_ + (end_ - begin_); }
  /// As large as the file is known to be.
  std::uint64_t file_bytes() const { return file_bytes_; }

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  FileWindow(const std::string& path, std::FILE* file, std::uint64_t file_bytes);
  Result<void> fill();

  std::string path_;
  std::unique_ptr<std::FILE, CloseFile> file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  ///< of what is not consumed yet
  std::size_t end_ = 0;
  bool at_end_of_file_ = false;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t bytes_read_ = 0;
};

}  // namespace marquee::datasets
