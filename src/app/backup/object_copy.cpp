#include "app/backup/object_copy.h"

#include <map>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "adapters/embedded/files/directory_object_store.h"
#include "adapters/embedded/files/disk.h"
#include "adapters/embedded/files/file_copy.h"

namespace marquee::app {
namespace {

namespace fs = std::filesystem;
using formats::BackupManifest;

constexpr int kPassesMax = 20;

/// Tells one version of an object from the next: put() renames a new file into place.
struct Stamp {
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t changed_s = 0;
  std::int64_t changed_ns = 0;

  bool operator==(const Stamp&) const = default;
};
using Listing = std::map<std::string, Stamp>;  // by key

/// Objects that vanish meanwhile are left out.
Result<Listing> list_objects(const ObjectStore& objects, const fs::path& root) {
  MARQUEE_TRY(const auto keys, objects.list(""));
  Listing listing;
  for (const std::string& key : keys) {
    struct stat info{};
    if (::stat((root / key).c_str(), &info) != 0) continue;
    listing.emplace(key,
                    Stamp{info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec});
  }
  return listing;
}

struct Copy {
  Stamp stamp;
  BackupManifest::File file;
};
using Copies = std::map<std::string, Copy>;  // by key

Listing stamps_of(const Copies& copies) {
  Listing listing;
  for (const auto& [key, copy] : copies) listing.emplace(key, copy.stamp);
  return listing;
}

/// Makes `copies` what `wanted` lists; objects that are gone by now are left out again.
Result<void> copy_pass(const fs::path& root, const fs::path& target, const Listing& wanted,
                       Copies& copies, const OnFileCopied& on_file) {
  std::error_code error;
  for (auto at = copies.begin(); at != copies.end();) {
    const auto found = wanted.find(at->first);
    if (found != wanted.end() && found->second == at->second.stamp) {
      ++at;
      continue;
    }
    fs::remove(target / at->second.file.path, error);
    at = copies.erase(at);
  }
  for (const auto& [key, stamp] : wanted) {
    if (copies.contains(key)) continue;
    const std::string path = "lakehouse/" + key;
    const fs::path to = target / path;
    MARQUEE_CHECK(embedded::posix_disk().create_directory(to.parent_path().string()));
    auto digest = embedded::copy_file(embedded::posix_disk(), (root / key).string(), to.string());
    if (!digest.ok() && digest.error().code == ErrorCode::kNotFound) continue;
    if (!digest.ok()) return std::move(digest).error();
    const auto copied = copies.emplace(key, Copy{stamp, {path, digest->bytes, digest->sha256}});
    on_file(copied.first->second.file);
  }
  return {};
}

}  // namespace

Result<std::vector<BackupManifest::File>> copy_objects(const fs::path& root, const fs::path& target,
                                                       const OnFileCopied& on_file) {
  MARQUEE_TRY(const auto objects, embedded::DirectoryObjectStore::open(root));
  Copies copies;
  MARQUEE_TRY(Listing listing, list_objects(*objects, root));
  for (int pass = 0; pass < kPassesMax; ++pass) {
    MARQUEE_CHECK(copy_pass(root, target, listing, copies, on_file));
    MARQUEE_TRY(listing, list_objects(*objects, root));
    if (listing != stamps_of(copies)) continue;
    std::vector<BackupManifest::File> files;
    for (auto& [key, copy] : copies) files.push_back(std::move(copy.file));
    return files;
  }
  return Error{ErrorCode::kUnavailable,
               fmt::format("{} changes faster than it can be copied: try again when no batch run "
                           "is under way",
                           root.string())};
}

}  // namespace marquee::app
