#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

struct sqlite3;
struct sqlite3_vfs;  // NOLINT(readability-identifier-naming): SQLite's own name

namespace marquee::embedded {

/// Bytes that SQLite leaves free at the end of every page (the header's byte 20): zeros, and in the
/// last four a CRC-32C of the page and its place (docs/formats/state.md). Twelve and not four: no
/// single flipped bit turns it into 0, which means a file without checksums.
inline constexpr int kPageReserve = 12;

/// Puts the checksum of page `number` (from 1) into its reserved bytes.
void seal_page(std::span<std::byte> page, std::uint64_t number);
bool is_sealed(std::span<const std::byte> page, std::uint64_t number);

/// A SQLite VFS on top of another one that seals every page written to a database file and refuses
/// (SQLITE_IOERR_DATA, so kDataLoss) to read one whose seal is broken. SQLite itself checks
/// neither: a flipped bit would become another number. A file made without reserved bytes is read
/// and written as it is. Journals and WALs have checksums of their own.
///
/// Unverified, it reads whatever is there and still seals what it writes: for folding damaged state
/// again.
///
/// Register it by making one; open databases with `name()`. Must outlive them. Thread-safe as far
/// as the VFS below is.
class ChecksumVfs {
 public:
  /// On top of the VFS named `below`; the default one when empty. It must outlive this one.
  /// kInternal when it is not registered.
  static Result<std::unique_ptr<ChecksumVfs>> on(const std::string& below, bool verify = true);
  ~ChecksumVfs();
  ChecksumVfs(const ChecksumVfs&) = delete;
  ChecksumVfs& operator=(const ChecksumVfs&) = delete;

  const std::string& name() const { return name_; }
  sqlite3_vfs& below() const { return below_; }
  bool verifies() const { return verify_; }

 private:
  ChecksumVfs(sqlite3_vfs& below, bool verify);

  sqlite3_vfs& below_;
  const bool verify_;
  const std::string name_;
  const std::unique_ptr<sqlite3_vfs> vfs_;
};

/// How many bytes the pages of an open database reserve.
int page_reserve(sqlite3* db);
/// Asks for sealed pages: at once for a new database, with the next VACUUM for another one.
void reserve_for_seals(sqlite3* db);

}  // namespace marquee::embedded
