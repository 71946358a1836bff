#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/embedded/files/disk.h"
#include "base/rng.h"

namespace marquee::embedded {

/// A disk in memory whose power can be cut between any two operations. What was not synced is then
/// lost, kept or torn at 512-byte sectors, in any combination, and sectors under way may hold
/// garbage; names that were not synced are lost or kept one by one. That is all POSIX promises, and
/// less than most file systems do (Pillai et al., OSDI 2014). After a failed sync the cache may
/// hold what the disk never will, as on Linux ("fsyncgate").
///
/// Directories exist from the start. Thread-safe.
class SimulatedDisk final : public Disk {
 public:
  /// Ways in which a disk, or the program above it, can be wrong: what a test must find.
  struct Lies {
    bool sync = false;            ///< File::sync() does nothing
    bool sync_directory = false;  ///< sync_directory() does nothing
  };

  explicit SimulatedDisk(std::uint64_t seed);
  SimulatedDisk(std::uint64_t seed, Lies lies);

  Result<std::unique_ptr<File>> open(const std::string& path, Open how) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<void> create_directory(const std::string&) override { return {}; }
  Result<void> sync_directory(const std::string& directory) override;
  Result<std::uint64_t> free_bytes(const std::string& directory) const override;

  /// The power fails while the `operations`-th changing operation from now on runs: it and all
  /// later ones fail until power_on(). 1 is the next one.
  void cut_power_after(std::uint64_t operations);
  /// Decides what survived and starts again. Files opened before stay dead.
  void power_on();
  /// The `operations`-th changing operation from now on, and only it, fails with `error`.
  void fail_operation(std::uint64_t operations, Error error);
  /// The same, counting syncs of files only.
  void fail_sync(std::uint64_t syncs, Error error);
  /// Changing operations so far (open for creation, write, truncate, sync, rename, remove).
  std::uint64_t operations() const;

  /// The bytes of a file as a program sees them; empty when there is none.
  std::vector<std::byte> contents(const std::string& path) const;
  /// Puts a file in place, durably, as an operator would.
  void replace_contents(const std::string& path, std::vector<std::byte> bytes);
  /// Bit rot: changes one bit of the byte at `at`, under the eyes of those who have it open.
  void flip_bit(const std::string& path, std::uint64_t at);
  /// Writes that would grow the files beyond `bytes` in all fail with kResourceExhausted.
  void set_capacity(std::uint64_t bytes);
  std::uint64_t bytes_used() const;

 private:
  friend class SimulatedFile;

  struct Change {
    std::uint64_t at = 0;
    std::vector<std::byte> bytes;
    std::optional<std::uint64_t> truncate_to;
  };
  /// A file apart from its name.
  struct Inode {
    std::vector<std::byte> current;
    std::vector<std::byte> durable;
    std::vector<Change> unsynced;
    std::uint64_t reserved = 0;  ///< space taken, from the file's start on
  };
  /// A change of names: `to` now means `inode` (nothing when null); `from` means nothing.
  struct NameChange {
    std::string from;
    std::string to;
    std::shared_ptr<Inode> inode;
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;

  Result<void> step(const std::string& what);
  Result<void> step_sync(const std::string& path);
  Result<void> check_capacity(const Inode& inode, std::uint64_t end) const;
  std::uint64_t used() const;
  static void apply(std::vector<std::byte>& bytes, const std::vector<Change>& changes);
  void apply_name_change(Names& names, const NameChange& change);
  void change_names(NameChange change);
  void settle(Inode& inode);
  void settle_write(std::vector<std::byte>& durable, const Change& change);

  mutable std::mutex mutex_;
  const Lies lies_;
  Rng rng_;
  Names names_;
  Names durable_names_;
  std::vector<NameChange> unsynced_names_;
  std::uint64_t operations_ = 0;
  std::uint64_t boots_ = 0;
  bool off_ = false;
  std::optional<std::uint64_t> capacity_;
  std::optional<std::uint64_t> cut_at_;
  std::optional<std::uint64_t> fail_at_;
  std::optional<std::uint64_t> fail_sync_in_;
  Error fail_with_;
};

}  // namespace marquee::embedded
