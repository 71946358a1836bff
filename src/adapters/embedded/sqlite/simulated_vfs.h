#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/embedded/files/simulated_disk.h"

struct sqlite3_vfs;  // NOLINT(readability-identifier-naming): SQLite's own name

namespace marquee::embedded {

/// SQLite on a SimulatedDisk: what SQLite's own unix VFS promises and asks of a file system, and no
/// more (www.sqlite.org/vfs.html; os_unix.c of 3.40 where the documents are silent). Locks and the
/// memory that the connections of a WAL share live here, in one process.
///
/// Register it by making one; open databases with `name()`. Must outlive them, and `disk` it. For
/// tests; not thread-safe.
class SimulatedVfs {
 public:
  explicit SimulatedVfs(SimulatedDisk& disk);
  ~SimulatedVfs();
  SimulatedVfs(const SimulatedVfs&) = delete;
  SimulatedVfs& operator=(const SimulatedVfs&) = delete;

  const std::string& name() const { return name_; }

  /// The process dies: from now on every operation fails, so that closing what is open changes
  /// nothing; the disk keeps its cache.
  void kill();
  /// The next process begins; what was opened before stays dead.
  void start_again();

  struct File;  // an open file; of the implementation

 private:
  /// What the connections of one file share.
  struct Node {
    std::map<const File*, int> locks;  ///< SQLITE_LOCK_ levels above NONE
    struct Slots {
      unsigned shared = 0;     ///< a bit a slot
      unsigned exclusive = 0;  ///< likewise
    };
    std::map<const File*, Slots> slots;  ///< of those who mapped the shared memory
    std::vector<std::unique_ptr<std::byte[]>> regions;
  };
  friend struct SimulatedVfsCalls;

  SimulatedDisk& disk_;
  const std::string name_;
  const std::unique_ptr<sqlite3_vfs> vfs_;
  std::map<std::string, std::shared_ptr<Node>> nodes_;
  std::uint64_t life_ = 0;
  bool dead_ = false;
};

}  // namespace marquee::embedded
