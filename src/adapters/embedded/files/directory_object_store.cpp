#include "adapters/embedded/files/directory_object_store.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "adapters/embedded/files/posix_file.h"

namespace marquee::embedded {
namespace {

namespace fs = std::filesystem;

constexpr char kUnfinishedMark = '~';  // outside the grammar of keys
constexpr auto kLeftoverAge = std::chrono::hours(24);

bool is_unfinished(const fs::path& path) {
  const std::string name = path.filename().string();
  return !name.empty() && name.front() == kUnfinishedMark;
}

/// No other writer, thread or process, has the same name.
std::string unfinished_name() {
  static std::atomic<std::uint64_t> counter = 0;
  return fmt::format("{}{}-{}", kUnfinishedMark, ::getpid(), counter.fetch_add(1));
}

/// Calls back with every file below `directory`; a directory that is missing has none. Files that
/// vanish meanwhile are passed over.
template <typename Visit>
Result<void> for_each_file(const fs::path& directory, Visit&& visit) {
  std::error_code error;
  fs::recursive_directory_iterator at(directory, error);
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) {
    return {};
  }
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    std::error_code vanished;
    if (at->is_regular_file(vanished)) visit(at->path());
  }
  if (error) return file_error(error.value(), "listing", directory);
  return {};
}

Result<void> make_durable_directories(const fs::path& directory) {
  std::error_code error;
  if (directory.empty() || fs::is_directory(directory, error)) return {};
  MARQUEE_CHECK(make_durable_directories(directory.parent_path()));
  fs::create_directory(directory, error);  // no error when another process was first
  if (error) return file_error(error.value(), "creating the directory", directory);
  const fs::path parent = directory.parent_path();
  return flush_directory(parent.empty() ? fs::path(".") : parent);
}

void remove_old_leftovers(const fs::path& root) {
  const auto now = fs::file_time_type::clock::now();
  const auto remove_if_old = [now](const fs::path& path) {
    std::error_code ignored;
    const auto written = fs::last_write_time(path, ignored);
    if (is_unfinished(path) && !ignored && now - written > kLeftoverAge) fs::remove(path, ignored);
  };
  static_cast<void>(for_each_file(root, remove_if_old));  // space only; the next open tries again
}

}  // namespace

Result<std::unique_ptr<DirectoryObjectStore>> DirectoryObjectStore::open(const fs::path& root) {
  std::unique_ptr<DirectoryObjectStore> store(new DirectoryObjectStore(root));
  MARQUEE_CHECK(store->make_directories(root));
  remove_old_leftovers(root);
  return store;
}

Result<void> DirectoryObjectStore::make_directories(const fs::path& directory) const {
  const std::lock_guard lock(directories_mutex_);
  return make_durable_directories(directory);
}

Result<fs::path> DirectoryObjectStore::write_beside(const fs::path& target,
                                                    std::span<const std::byte> bytes) const {
  MARQUEE_CHECK(make_directories(target.parent_path()));
  fs::path unfinished = target.parent_path() / unfinished_name();
  MARQUEE_CHECK(write_new_file(unfinished, bytes));
  return unfinished;
}

Result<void> DirectoryObjectStore::put(std::string_view key, std::span<const std::byte> bytes) {
  MARQUEE_CHECK(check_object_key(key));
  const fs::path target = root_ / key;
  MARQUEE_TRY(const fs::path unfinished, write_beside(target, bytes));
  if (::rename(unfinished.c_str(), target.c_str()) != 0) {
    Error error = file_error(errno, "renaming to", target);
    ::unlink(unfinished.c_str());
    return error;
  }
  return flush_directory(target.parent_path());
}

Result<std::vector<std::byte>> DirectoryObjectStore::get(std::string_view key) const {
  MARQUEE_CHECK(check_object_key(key));
  auto bytes = read_whole_file(root_ / key);
  if (bytes.ok() || bytes.error().code != ErrorCode::kConflict) return bytes;
  // A file stands where the key has a directory, so there is no such object.
  return Error{ErrorCode::kNotFound, bytes.error().message};
}

Result<std::vector<std::string>> DirectoryObjectStore::list(std::string_view prefix) const {
  MARQUEE_CHECK(check_object_prefix(prefix));
  const std::size_t slash = prefix.rfind('/');
  const fs::path below = slash == std::string_view::npos ? root_ : root_ / prefix.substr(0, slash);
  std::vector<std::string> keys;
  MARQUEE_CHECK(for_each_file(below, [&](const fs::path& path) {
    std::string key = path.lexically_relative(root_).generic_string();
    if (key.starts_with(prefix) && check_object_key(key).ok()) keys.push_back(std::move(key));
  }));
  std::sort(keys.begin(), keys.end());
  return keys;
}

Result<void> DirectoryObjectStore::remove(std::string_view key) {
  MARQUEE_CHECK(check_object_key(key));
  const fs::path target = root_ / key;
  if (::unlink(target.c_str()) == 0) return flush_directory(target.parent_path());
  if (errno == ENOENT || errno == ENOTDIR || errno == EISDIR) return {};
  return file_error(errno, "removing", target);
}

}  // namespace marquee::embedded
