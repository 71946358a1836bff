#include "datasets/file_dataset.h"

#include <system_error>

#include <fmt/format.h>

namespace marquee::datasets {

std::string FileDataset::name() const {
  std::error_code failure;
  const auto canonical = std::filesystem::canonical(directory_, failure);
  return kind_ + (failure ? std::filesystem::path(directory_) : canonical).filename().string();
}

double FileDataset::share_read() const {
  if (position_.file_bytes == 0) return 0;
  return 1.0 -
         static_cast<double>(position_.bytes_left) / static_cast<double>(position_.file_bytes);
}

bool FileDataset::has(std::string_view file) const {
  std::error_code ignored;
  return std::filesystem::exists(path(file), ignored);
}

Error FileDataset::wrong_header(std::string_view file,
                                const std::vector<std::string_view>& header) const {
  return Error{ErrorCode::kInvalidArgument, fmt::format("'{}' does not begin with the header {}",
                                                        path(file), fmt::join(header, ","))};
}

}  // namespace marquee::datasets
