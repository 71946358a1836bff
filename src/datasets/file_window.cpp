#include "datasets/file_window.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace marquee::datasets {
namespace {

constexpr std::size_t kBufferBytes = 1024 * 1024;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Error file_error(const std::string& path, int number) {
  const ErrorCode code = number == ENOENT   ? ErrorCode::kNotFound
                         : number == EACCES ? ErrorCode::kPermissionDenied
                                            : ErrorCode::kInternal;
  return Error{code,
               fmt::format("cannot read '{}': {}", path, std::generic_category().message(number))};
}

}  // namespace

FileWindow::FileWindow(const std::string& path, std::FILE* file, std::uint64_t file_bytes)
    : path_(path), file_(file), buffer_(kBufferBytes), file_bytes_(file_bytes) {}

Result<FileWindow> FileWindow::open(const std::string& path) {
  std::error_code failure;
  const bool directory = std::filesystem::is_directory(path, failure);
  if (directory) return file_error(path, EISDIR);
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return file_error(path, errno);
  const std::uintmax_t size = std::filesystem::file_size(path, failure);
  FileWindow window(path, file, failure ? 0 : size);
  MARQUEE_CHECK(window.fill());
  if (window.text().starts_with(kByteOrderMark)) window.consume(kByteOrderMark.size());
  return window;
}

Result<void> FileWindow::fill() {
  if (begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const std::size_t want = buffer_.size() - end_;
  const std::size_t got = std::fread(buffer_.data() + end_, 1, want, file_.get());
  if (got < want) {
    if (std::ferror(file_.get()) != 0) return file_error(path_, errno);
    at_end_of_file_ = true;
  }
  end_ += got;
  bytes_read_ += got;
  file_bytes_ = std::max(file_bytes_, bytes_read_);  // it may grow while it is read
  return {};
}

Result<void> FileWindow::need(std::size_t bytes) {
  if (end_ - begin_ >= bytes || at_end_of_file_) return {};
  return fill();
}

Result<void> FileWindow::skip_line() {
  for (;;) {
    const std::size_t newline = text().find('\n');
    if (newline != std::string_view::npos) {
      consume(newline + 1);
      return {};
    }
    begin_ = end_;
    if (at_end_of_file_) return {};
    MARQUEE_CHECK(fill());
  }
}

}  // namespace marquee::datasets
