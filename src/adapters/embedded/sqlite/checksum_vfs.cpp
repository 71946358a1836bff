#include "adapters/embedded/sqlite/checksum_vfs.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>

#include "adapters/embedded/sqlite/vfs_calls.h"
#include "base/hash.h"

namespace marquee::embedded {
namespace {

constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kHeaderBytes = 100;  // www.sqlite.org/fileformat2.html#the_database_header
constexpr std::size_t kReserveAt = 20;
constexpr std::size_t kPageBytesMin = 512;

std::array<std::byte, kChecksumBytes> checksum_of(std::span<const std::byte> page,
                                                  std::uint64_t number) {
  std::array<std::byte, sizeof number> place;
  std::memcpy(place.data(), &number, sizeof number);
  const std::uint32_t crc = crc32c(page.first(page.size() - kChecksumBytes), crc32c(place));
  std::array<std::byte, kChecksumBytes> bytes;
  std::memcpy(bytes.data(), &crc, sizeof crc);
  return bytes;
}

/// A database file: ours from xOpen to xClose. The file of the VFS below lies behind it.
struct Handle {
  sqlite3_file base;
  bool plain;  ///< made without reserved bytes, as far as its header was seen
  bool verify;

  sqlite3_file* below() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

Handle& handle_of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
sqlite3_file* below(sqlite3_file* file) { return handle_of(file).below(); }
ChecksumVfs& ours(sqlite3_vfs* vfs) { return *static_cast<ChecksumVfs*>(vfs->pAppData); }
sqlite3_vfs* below(sqlite3_vfs* vfs) { return &ours(vfs).below(); }

/// Learns from the header, which every connection reads first. What is no header counts as sealed,
/// so that a damaged one hides nothing.
void note_header(Handle& handle, std::span<const std::byte> start) {
  handle.plain =
      start[kReserveAt] == std::byte{0} && std::memcmp(start.data(), "SQLite format 3", 16) == 0;
}

bool is_page(std::size_t bytes, sqlite3_int64 at) {
  return bytes >= kPageBytesMin && static_cast<std::size_t>(at) % bytes == 0;
}

std::uint64_t number_of(std::size_t bytes, sqlite3_int64 at) {
  return static_cast<std::uint64_t>(at) / bytes + 1;
}

/// The C functions that SQLite calls.
struct Calls {
  static int read(sqlite3_file* file, void* out, int count, sqlite3_int64 at) {
    const int code = below(file)->pMethods->xRead(below(file), out, count, at);
    if (code != SQLITE_OK) return code;
    Handle& handle = handle_of(file);
    const std::span bytes(static_cast<const std::byte*>(out), static_cast<std::size_t>(count));
    if (at == 0 && bytes.size() >= kHeaderBytes) note_header(handle, bytes);
    if (handle.plain || !handle.verify || !is_page(bytes.size(), at)) return SQLITE_OK;
    return is_sealed(bytes, number_of(bytes.size(), at)) ? SQLITE_OK : SQLITE_IOERR_DATA;
  }

  static int write(sqlite3_file* file, const void* data, int count, sqlite3_int64 at) {
    Handle& handle = handle_of(file);
    const std::span bytes(static_cast<const std::byte*>(data), static_cast<std::size_t>(count));
    if (at == 0 && bytes.size() >= kHeaderBytes) note_header(handle, bytes);
    if (handle.plain || !is_page(bytes.size(), at)) {
      return below(file)->pMethods->xWrite(below(file), data, count, at);
    }
    try {
      std::vector<std::byte> page(bytes.begin(), bytes.end());
      seal_page(page, number_of(page.size(), at));
      return below(file)->pMethods->xWrite(below(file), page.data(), count, at);
    } catch (const std::bad_alloc&) {  // no exception may pass through SQLite
      return SQLITE_IOERR_NOMEM;
    }
  }

  static int close(sqlite3_file* file) { return below(file)->pMethods->xClose(below(file)); }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    return below(file)->pMethods->xTruncate(below(file), size);
  }
  static int sync(sqlite3_file* file, int flags) {
    return below(file)->pMethods->xSync(below(file), flags);
  }
  static int file_size(sqlite3_file* file, sqlite3_int64* out) {
    return below(file)->pMethods->xFileSize(below(file), out);
  }
  static int lock(sqlite3_file* file, int level) {
    return below(file)->pMethods->xLock(below(file), level);
  }
  static int unlock(sqlite3_file* file, int level) {
    return below(file)->pMethods->xUnlock(below(file), level);
  }
  static int is_reserved(sqlite3_file* file, int* out) {
    return below(file)->pMethods->xCheckReservedLock(below(file), out);
  }
  static int control(sqlite3_file* file, int operation, void* argument) {
    return below(file)->pMethods->xFileControl(below(file), operation, argument);
  }
  static int sector_size(sqlite3_file* file) {
    return below(file)->pMethods->xSectorSize(below(file));
  }
  static int characteristics(sqlite3_file* file) {
    return below(file)->pMethods->xDeviceCharacteristics(below(file));
  }
  static int map_shared(sqlite3_file* file, int region, int bytes, int extend,
                        void volatile** out) {
    return below(file)->pMethods->xShmMap(below(file), region, bytes, extend, out);
  }
  static int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
    return below(file)->pMethods->xShmLock(below(file), offset, count, flags);
  }
  static void barrier(sqlite3_file* file) { below(file)->pMethods->xShmBarrier(below(file)); }
  static int unmap_shared(sqlite3_file* file, int remove) {
    return below(file)->pMethods->xShmUnmap(below(file), remove);
  }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    file->pMethods = nullptr;
    // Whatever is no database is the VFS's below alone.
    if ((flags & SQLITE_OPEN_MAIN_DB) == 0)
      return below(vfs)->xOpen(below(vfs), name, file, flags, out);
    Handle& handle = handle_of(file);
    handle.plain = false;
    handle.verify = ours(vfs).verifies();
    const int code = below(vfs)->xOpen(below(vfs), name, handle.below(), flags, out);
    if (handle.below()->pMethods != nullptr) file->pMethods = &kFileMethods<Calls>;
    return code;
  }

  static int remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
    return below(vfs)->xDelete(below(vfs), name, sync_directory);
  }
  static int access(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
    return below(vfs)->xAccess(below(vfs), name, flags, out);
  }
  static int full_name(sqlite3_vfs* vfs, const char* name, int capacity, char* out) {
    return below(vfs)->xFullPathname(below(vfs), name, capacity, out);
  }
};

sqlite3_file* main_file(sqlite3* db) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file));
  return file;
}

}  // namespace

void seal_page(std::span<std::byte> page, std::uint64_t number) {
  std::fill(page.end() - kPageReserve, page.end(), std::byte{0});
  const auto checksum = checksum_of(page, number);
  std::copy(checksum.begin(), checksum.end(), page.end() - kChecksumBytes);
}

bool is_sealed(std::span<const std::byte> page, std::uint64_t number) {
  const auto checksum = checksum_of(page, number);
  return std::equal(checksum.begin(), checksum.end(), page.end() - kChecksumBytes);
}

Result<std::unique_ptr<ChecksumVfs>> ChecksumVfs::on(const std::string& below, bool verify) {
  sqlite3_vfs* found = sqlite3_vfs_find(below.empty() ? nullptr : below.c_str());
  if (found == nullptr) {
    return Error{ErrorCode::kInternal, fmt::format("there is no SQLite VFS '{}'", below)};
  }
  return std::unique_ptr<ChecksumVfs>(new ChecksumVfs(*found, verify));
}

ChecksumVfs::ChecksumVfs(sqlite3_vfs& below, bool verify)
    : below_(below),
      verify_(verify),
      name_(fmt::format("checksums-{}", fmt::ptr(this))),
      vfs_(register_vfs<Calls>(below, name_,
                               sizeof(Handle) + static_cast<std::size_t>(below.szOsFile), this)) {}

ChecksumVfs::~ChecksumVfs() { sqlite3_vfs_unregister(vfs_.get()); }

int page_reserve(sqlite3* db) {
  std::array<std::byte, kHeaderBytes> header{};
  sqlite3_file* file = main_file(db);
  if (file == nullptr || file->pMethods == nullptr) return 0;
  const int code = file->pMethods->xRead(file, header.data(), static_cast<int>(header.size()), 0);
  return code == SQLITE_OK ? static_cast<int>(header[kReserveAt]) : 0;
}

void reserve_for_seals(sqlite3* db) {
  int bytes = kPageReserve;
  sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, static_cast<void*>(&bytes));
}

}  // namespace marquee::embedded
