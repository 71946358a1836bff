#include "adapters/embedded/sqlite/simulated_vfs.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <span>

#include <fmt/format.h>
#include <sqlite3.h>

#include "adapters/embedded/sqlite/vfs_calls.h"

namespace marquee::embedded {

/// What one open of SQLite's holds.
struct SimulatedVfs::File {
  SimulatedVfs& vfs;
  std::string path;
  std::unique_ptr<embedded::File> file;
  std::shared_ptr<Node> node;
  std::uint64_t life;
  bool sync_directory;  ///< with the first sync: a journal's name must be durable before it counts

  bool dead() const { return vfs.dead_ || life != vfs.life_; }
};

namespace {

using Open = SimulatedVfs::File;

/// SQLite allocates this; `open` is ours from xOpen to xClose.
struct SimulatedHandle {
  sqlite3_file base;
  Open* open;
};

Open& open_of(sqlite3_file* file) { return *reinterpret_cast<SimulatedHandle*>(file)->open; }

std::string directory_of_path(const std::string& path) { return path.substr(0, path.rfind('/')); }

int failed(const Error& error, int code) {
  return error.code == ErrorCode::kResourceExhausted ? SQLITE_FULL : code;
}

unsigned slots_of(int offset, int count) { return ((1U << count) - 1U) << offset; }

}  // namespace

/// The C functions that SQLite calls.
struct SimulatedVfsCalls {
  static SimulatedVfs& vfs_of(sqlite3_vfs* vfs) {
    return *static_cast<SimulatedVfs*>(vfs->pAppData);
  }

  static int open(sqlite3_vfs* raw, const char* name, sqlite3_file* file, int flags, int* out) {
    SimulatedVfs& vfs = vfs_of(raw);
    file->pMethods = nullptr;
    if (vfs.dead_ || name == nullptr) return SQLITE_CANTOPEN;
    auto opened = vfs.disk_.open(name, Disk::Open::kReadWrite);
    const bool missing = !opened.ok() && opened.error().code == ErrorCode::kNotFound;
    if (missing && (flags & SQLITE_OPEN_CREATE) != 0) {
      opened = vfs.disk_.open(name, Disk::Open::kCreate);
    }
    if (!opened.ok()) return SQLITE_CANTOPEN;
    auto& node = vfs.nodes_[name];
    if (!node) node = std::make_shared<SimulatedVfs::Node>();
    const bool journal = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    auto state = std::make_unique<Open>(Open{vfs, name, std::move(opened).value(), node, vfs.life_,
                                             journal && (flags & SQLITE_OPEN_CREATE) != 0});
    reinterpret_cast<SimulatedHandle*>(file)->open = state.release();
    file->pMethods = &kFileMethods<SimulatedVfsCalls>;
    if (out != nullptr) *out = flags;
    return SQLITE_OK;
  }

  static int close(sqlite3_file* file) {
    const std::unique_ptr<Open> state(&open_of(file));
    state->node->locks.erase(state.get());
    leave_shared_memory(*state);
    return SQLITE_OK;
  }

  static int read(sqlite3_file* file, void* out, int count, sqlite3_int64 at) {
    const Open& state = open_of(file);
    if (state.dead()) return SQLITE_IOERR_READ;
    const std::span bytes(static_cast<std::byte*>(out), static_cast<std::size_t>(count));
    const auto got = state.file->read_at(static_cast<std::uint64_t>(at), bytes);
    if (!got.ok()) return SQLITE_IOERR_READ;
    if (*got == bytes.size()) return SQLITE_OK;
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(*got), bytes.end(), std::byte{0});
    return SQLITE_IOERR_SHORT_READ;
  }

  static int write(sqlite3_file* file, const void* data, int count, sqlite3_int64 at) {
    const Open& state = open_of(file);
    if (state.dead()) return SQLITE_IOERR_WRITE;
    const auto written = state.file->write_at(
        static_cast<std::uint64_t>(at),
        {static_cast<const std::byte*>(data), static_cast<std::size_t>(count)});
    return written.ok() ? SQLITE_OK : failed(written.error(), SQLITE_IOERR_WRITE);
  }

  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    const Open& state = open_of(file);
    if (state.dead()) return SQLITE_IOERR_TRUNCATE;
    const auto cut = state.file->truncate(static_cast<std::uint64_t>(size));
    return cut.ok() ? SQLITE_OK : failed(cut.error(), SQLITE_IOERR_TRUNCATE);
  }

  static int sync(sqlite3_file* file, int) {
    Open& state = open_of(file);
    if (state.dead() || !state.file->sync().ok()) return SQLITE_IOERR_FSYNC;
    // The unix VFS opens the directory for this and does not look at what its fsync says.
    if (std::exchange(state.sync_directory, false)) {
      static_cast<void>(state.vfs.disk_.sync_directory(directory_of_path(state.path)));
    }
    return SQLITE_OK;
  }

  static int file_size(sqlite3_file* file, sqlite3_int64* out) {
    const Open& state = open_of(file);
    if (state.dead()) return SQLITE_IOERR_FSTAT;
    const auto size = state.file->size();
    if (!size.ok()) return SQLITE_IOERR_FSTAT;
    *out = static_cast<sqlite3_int64>(*size);
    return SQLITE_OK;
  }

  static int lock(sqlite3_file* file, int level) {
    const Open& state = open_of(file);
    if (state.dead()) return SQLITE_IOERR_LOCK;
    auto& locks = state.node->locks;
    int others = SQLITE_LOCK_NONE;
    for (const auto& [holder, held] : locks) {
      if (holder != &state) others = std::max(others, held);
    }
    int& mine = locks[&state];
    if (mine >= level) return SQLITE_OK;
    const bool busy = level == SQLITE_LOCK_SHARED ? others >= SQLITE_LOCK_PENDING
                                                  : others >= SQLITE_LOCK_RESERVED;
    if (busy) return SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && others != SQLITE_LOCK_NONE) {
      mine = SQLITE_LOCK_PENDING;
      return SQLITE_BUSY;
    }
    mine = level;
    return SQLITE_OK;
  }

  static int unlock(sqlite3_file* file, int level) {
    const Open& state = open_of(file);
    if (level == SQLITE_LOCK_NONE) {
      state.node->locks.erase(&state);
    } else {
      state.node->locks[&state] = level;
    }
    return SQLITE_OK;
  }

  static int is_reserved(sqlite3_file* file, int* out) {
    const auto& locks = open_of(file).node->locks;
    *out = std::any_of(locks.begin(), locks.end(),
                       [](const auto& held) { return held.second >= SQLITE_LOCK_RESERVED; });
    return SQLITE_OK;
  }

  static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  static int sector_size(sqlite3_file*) { return 4'096; }
  /// As Debian's SQLite takes every disk: a write that is cut short harms no byte beside it.
  static int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

  static int map_shared(sqlite3_file* file, int region, int bytes, int extend,
                        void volatile** out) {
    const Open& state = open_of(file);
    *out = nullptr;
    if (state.dead()) return SQLITE_IOERR_SHMMAP;
    auto& regions = state.node->regions;
    state.node->slots[&state];
    const auto wanted = static_cast<std::size_t>(region) + 1;
    if (regions.size() < wanted && extend == 0) return SQLITE_OK;
    while (regions.size() < wanted) {
      regions.push_back(std::make_unique<std::byte[]>(static_cast<std::size_t>(bytes)));
    }
    *out = regions[wanted - 1].get();
    return SQLITE_OK;
  }

  static int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
    const Open& state = open_of(file);
    auto& mine = state.node->slots[&state];
    const unsigned wanted = slots_of(offset, count);
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
      mine.shared &= ~wanted;
      mine.exclusive &= ~wanted;
      return SQLITE_OK;
    }
    if (state.dead()) return SQLITE_IOERR_SHMLOCK;
    const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    for (const auto& [holder, held] : state.node->slots) {
      if (holder == &state) continue;
      const unsigned taken = exclusive ? held.shared | held.exclusive : held.exclusive;
      if ((taken & wanted) != 0) return SQLITE_BUSY;
    }
    (exclusive ? mine.exclusive : mine.shared) |= wanted;
    return SQLITE_OK;
  }

  static void barrier(sqlite3_file*) { std::atomic_thread_fence(std::memory_order_seq_cst); }

  static int unmap_shared(sqlite3_file* file, int) {
    leave_shared_memory(open_of(file));
    return SQLITE_OK;
  }

  static void leave_shared_memory(const Open& state) {
    state.node->slots.erase(&state);
    if (state.node->slots.empty()) state.node->regions.clear();
  }

  static int remove(sqlite3_vfs* raw, const char* name, int sync_directory) {
    SimulatedVfs& vfs = vfs_of(raw);
    if (vfs.dead_) return SQLITE_IOERR_DELETE;
    if (!vfs.disk_.open(name, Disk::Open::kRead).ok()) return SQLITE_IOERR_DELETE_NOENT;
    if (!vfs.disk_.remove(name).ok()) return SQLITE_IOERR_DELETE;
    if (sync_directory == 0 || vfs.disk_.sync_directory(directory_of_path(name)).ok())
      return SQLITE_OK;
    return SQLITE_IOERR_DIR_FSYNC;
  }

  static int access(sqlite3_vfs* raw, const char* name, int, int* out) {
    SimulatedVfs& vfs = vfs_of(raw);
    if (vfs.dead_) return SQLITE_IOERR_ACCESS;
    const auto file = vfs.disk_.open(name, Disk::Open::kRead);
    const auto size = file.ok() ? (*file)->size() : Result<std::uint64_t>(std::uint64_t{0});
    *out = size.ok() && *size > 0;  // the unix VFS, too, takes an empty file for none
    return SQLITE_OK;
  }

  static int full_name(sqlite3_vfs*, const char* name, int capacity, char* out) {
    if (std::strlen(name) >= static_cast<std::size_t>(capacity)) return SQLITE_CANTOPEN;
    std::memcpy(out, name, std::strlen(name) + 1);
    return SQLITE_OK;
  }
};

SimulatedVfs::SimulatedVfs(SimulatedDisk& disk)
    : disk_(disk),
      name_(fmt::format("simulated-{}", fmt::ptr(this))),
      vfs_(register_vfs<SimulatedVfsCalls>(*sqlite3_vfs_find(nullptr), name_,
                                           sizeof(SimulatedHandle), this)) {}

SimulatedVfs::~SimulatedVfs() { sqlite3_vfs_unregister(vfs_.get()); }

void SimulatedVfs::kill() { dead_ = true; }

void SimulatedVfs::start_again() {
  dead_ = false;
  ++life_;
  nodes_.clear();
}

}  // namespace marquee::embedded
