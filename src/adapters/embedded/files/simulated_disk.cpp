#include "adapters/embedded/files/simulated_disk.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include <fmt/format.h>

namespace marquee::embedded {
namespace {

constexpr std::size_t kSectorBytes = 512;

void write_into(std::vector<std::byte>& bytes, std::uint64_t at, std::span<const std::byte> data) {
  if (data.empty()) return;
  if (bytes.size() < at + data.size()) bytes.resize(at + data.size());
  std::memcpy(bytes.data() + at, data.data(), data.size());
}

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

class SimulatedFile final : public File {
 public:
  SimulatedFile(SimulatedDisk& disk, std::shared_ptr<SimulatedDisk::Inode> inode, std::string path)
      : disk_(disk), inode_(std::move(inode)), path_(std::move(path)), boot_(disk.boots_) {}

  Result<std::size_t> read_at(std::uint64_t at, std::span<std::byte> out) const override {
    const std::lock_guard lock(disk_.mutex_);
    MARQUEE_CHECK(alive());
    if (at >= inode_->current.size() || out.empty()) return std::size_t{0};
    const std::size_t count = std::min<std::uint64_t>(out.size(), inode_->current.size() - at);
    std::memcpy(out.data(), inode_->current.data() + at, count);
    return count;
  }

  Result<void> write_at(std::uint64_t at, std::span<const std::byte> bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    MARQUEE_CHECK(alive());
    MARQUEE_CHECK(disk_.check_capacity(*inode_, at + bytes.size()));
    const auto outcome = disk_.step("write " + path_);
    if (!outcome.ok() && !disk_.off_) return outcome;
    // A write that the power cut short may have reached the disk in part.
    inode_->unsynced.push_back({at, {bytes.begin(), bytes.end()}, std::nullopt});
    write_into(inode_->current, at, bytes);
    return outcome;
  }

  Result<void> sync() override {
    const std::lock_guard lock(disk_.mutex_);
    MARQUEE_CHECK(alive());
    if (auto outcome = disk_.step_sync(path_); !outcome.ok()) {
      // The kernel may count what it could not write as written, and a later sync then succeeds.
      if (!disk_.off_ && disk_.rng_.below(2) == 0) inode_->unsynced.clear();
      return outcome;
    }
    if (disk_.lies_.sync) return {};
    SimulatedDisk::apply(inode_->durable, inode_->unsynced);
    inode_->unsynced.clear();
    return {};
  }

  Result<void> truncate(std::uint64_t size) override {
    const std::lock_guard lock(disk_.mutex_);
    MARQUEE_CHECK(alive());
    MARQUEE_CHECK(disk_.step("truncate " + path_));
    inode_->unsynced.push_back({0, {}, size});
    inode_->current.resize(size);
    inode_->reserved = 0;
    return {};
  }

  Result<void> reserve(std::uint64_t bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    MARQUEE_CHECK(alive());
    MARQUEE_CHECK(disk_.check_capacity(*inode_, bytes));
    MARQUEE_CHECK(disk_.step("reserve space for " + path_));
    inode_->reserved = std::max(inode_->reserved, bytes);
    return {};
  }

  Result<std::uint64_t> size() const override {
    const std::lock_guard lock(disk_.mutex_);
    MARQUEE_CHECK(alive());
    return std::uint64_t{inode_->current.size()};
  }

  void drop_cache() override {
    const std::lock_guard lock(disk_.mutex_);
    inode_->current = inode_->durable;
    SimulatedDisk::apply(inode_->current, inode_->unsynced);  // what is dirty stays
  }

 private:
  Result<void> alive() const {
    if (!disk_.off_ && boot_ == disk_.boots_) return {};
    return Error{ErrorCode::kUnavailable, "the power is off"};
  }

  SimulatedDisk& disk_;
  const std::shared_ptr<SimulatedDisk::Inode> inode_;
  const std::string path_;
  const std::uint64_t boot_;
};

SimulatedDisk::SimulatedDisk(std::uint64_t seed) : SimulatedDisk(seed, Lies{}) {}

SimulatedDisk::SimulatedDisk(std::uint64_t seed, Lies lies) : lies_(lies), rng_(seed) {}

Result<void> SimulatedDisk::step(const std::string& what) {
  if (off_) return Error{ErrorCode::kUnavailable, "the power is off"};
  ++operations_;
  if (cut_at_ && operations_ >= *cut_at_) {
    cut_at_.reset();
    off_ = true;
    return Error{ErrorCode::kUnavailable, "the power failed during " + what};
  }
  if (fail_at_ && operations_ >= *fail_at_) {
    fail_at_.reset();
    return fail_with_.with_context("cannot " + what);
  }
  return {};
}

Result<void> SimulatedDisk::step_sync(const std::string& path) {
  if (fail_sync_in_ && --*fail_sync_in_ == 0) {
    fail_sync_in_.reset();
    fail_at_ = operations_ + 1;
  }
  return step("sync " + path);
}

Result<void> SimulatedDisk::check_capacity(const Inode& inode, std::uint64_t end) const {
  const std::uint64_t taken = std::max<std::uint64_t>(inode.current.size(), inode.reserved);
  if (!capacity_ || end <= taken || used() + end - taken <= *capacity_) return {};
  return Error{ErrorCode::kResourceExhausted, "no space left on device"};
}

std::uint64_t SimulatedDisk::used() const {
  std::uint64_t bytes = 0;
  for (const auto& [path, inode] : names_) {
    bytes += std::max<std::uint64_t>(inode->current.size(), inode->reserved);
  }
  return bytes;
}

std::uint64_t SimulatedDisk::bytes_used() const {
  const std::lock_guard lock(mutex_);
  return used();
}

void SimulatedDisk::set_capacity(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

Result<std::unique_ptr<File>> SimulatedDisk::open(const std::string& path, Open how) {
  const std::lock_guard lock(mutex_);
  if (off_) return Error{ErrorCode::kUnavailable, "the power is off"};
  if (how == Open::kCreate) {
    MARQUEE_CHECK(step("create " + path));
    change_names({"", path, std::make_shared<Inode>()});
  }
  const auto found = names_.find(path);
  if (found == names_.end()) return Error{ErrorCode::kNotFound, "there is no " + path};
  return std::unique_ptr<File>(std::make_unique<SimulatedFile>(*this, found->second, path));
}

Result<void> SimulatedDisk::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  MARQUEE_CHECK(step("rename " + from));
  const auto found = names_.find(from);
  if (found == names_.end()) return Error{ErrorCode::kNotFound, "there is no " + from};
  change_names({from, to, found->second});
  return {};
}

Result<void> SimulatedDisk::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  MARQUEE_CHECK(step("remove " + path));
  if (names_.contains(path)) change_names({path, "", nullptr});
  return {};
}

Result<std::vector<std::string>> SimulatedDisk::list(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  if (off_) return Error{ErrorCode::kUnavailable, "the power is off"};
  std::vector<std::string> names;
  for (const auto& [path, inode] : names_) {
    if (directory_of(path) == directory) names.push_back(path.substr(directory.size() + 1));
  }
  return names;
}

Result<void> SimulatedDisk::sync_directory(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  MARQUEE_CHECK(step("sync " + directory));
  if (lies_.sync_directory) return {};
  durable_names_ = names_;  // one directory is all the log has
  unsynced_names_.clear();
  return {};
}

Result<std::uint64_t> SimulatedDisk::free_bytes(const std::string&) const {
  const std::lock_guard lock(mutex_);
  if (off_) return Error{ErrorCode::kUnavailable, "the power is off"};
  if (!capacity_) return std::numeric_limits<std::uint64_t>::max();
  return *capacity_ - std::min(*capacity_, used());
}

void SimulatedDisk::apply(std::vector<std::byte>& bytes, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    if (change.truncate_to) {
      bytes.resize(*change.truncate_to);
    } else {
      write_into(bytes, change.at, change.bytes);
    }
  }
}

void SimulatedDisk::apply_name_change(Names& names, const NameChange& change) {
  if (!change.from.empty()) names.erase(change.from);
  if (!change.to.empty()) names[change.to] = change.inode;
}

void SimulatedDisk::change_names(NameChange change) {
  apply_name_change(names_, change);
  unsynced_names_.push_back(std::move(change));
}

void SimulatedDisk::cut_power_after(std::uint64_t operations) {
  const std::lock_guard lock(mutex_);
  cut_at_ = operations_ + operations;
}

void SimulatedDisk::fail_operation(std::uint64_t operations, Error error) {
  const std::lock_guard lock(mutex_);
  fail_at_ = operations_ + operations;
  fail_with_ = std::move(error);
}

void SimulatedDisk::fail_sync(std::uint64_t syncs, Error error) {
  const std::lock_guard lock(mutex_);
  fail_sync_in_ = syncs;
  fail_with_ = std::move(error);
}

std::uint64_t SimulatedDisk::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

void SimulatedDisk::power_on() {
  const std::lock_guard lock(mutex_);
  for (const NameChange& change : unsynced_names_) {
    if (rng_.below(2) == 0) apply_name_change(durable_names_, change);
  }
  unsynced_names_.clear();
  names_ = durable_names_;
  for (auto& [path, inode] : names_) settle(*inode);
  cut_at_.reset();
  fail_at_.reset();
  fail_sync_in_.reset();
  off_ = false;
  ++boots_;
}

/// Lets a random part of the unsynced changes reach the disk, in random order.
void SimulatedDisk::settle(Inode& inode) {
  if (rng_.below(2) == 0) inode.reserved = 0;
  auto& changes = inode.unsynced;
  for (std::size_t i = changes.size(); i > 1; --i) {
    std::swap(changes[i - 1], changes[rng_.below(i)]);
  }
  for (const Change& change : changes) {
    if (!change.truncate_to) {
      settle_write(inode.durable, change);
    } else if (rng_.below(2) == 0 && *change.truncate_to < inode.durable.size()) {
      inode.durable.resize(*change.truncate_to);
    }
  }
  changes.clear();
  inode.current = inode.durable;
}

void SimulatedDisk::settle_write(std::vector<std::byte>& durable, const Change& change) {
  constexpr std::uint64_t kGarbageOneIn = 16;
  const bool whole = rng_.below(4) == 0;
  std::size_t done = 0;
  while (done < change.bytes.size()) {
    const std::uint64_t at = change.at + done;
    const std::size_t count =
        std::min<std::size_t>(change.bytes.size() - done, kSectorBytes - at % kSectorBytes);
    std::vector<std::byte> sector(change.bytes.begin() + static_cast<std::ptrdiff_t>(done),
                                  change.bytes.begin() + static_cast<std::ptrdiff_t>(done + count));
    done += count;
    if (!whole && rng_.below(2) == 0) continue;
    if (!whole && rng_.below(kGarbageOneIn) == 0) {
      for (std::byte& b : sector) b = static_cast<std::byte>(rng_.below(256));
    }
    write_into(durable, at, sector);
  }
}

std::vector<std::byte> SimulatedDisk::contents(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = names_.find(path);
  return found == names_.end() ? std::vector<std::byte>{} : found->second->current;
}

void SimulatedDisk::replace_contents(const std::string& path, std::vector<std::byte> bytes) {
  const std::lock_guard lock(mutex_);
  const auto inode = std::make_shared<Inode>();
  inode->current = bytes;
  inode->durable = std::move(bytes);
  names_[path] = inode;
  durable_names_[path] = inode;
}

void SimulatedDisk::flip_bit(const std::string& path, std::uint64_t at) {
  const std::lock_guard lock(mutex_);
  Inode& inode = *names_.at(path);
  inode.current.at(at) ^= std::byte{0x10};
  if (at < inode.durable.size()) inode.durable[at] ^= std::byte{0x10};
}

}  // namespace marquee::embedded
