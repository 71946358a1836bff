#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/cached_list.h"
#include "domain/ids.h"

namespace marquee::redis {

/// Copies, in this process, of lists that lie in Redis: in shards, each with its lock, an LRU order
/// and its share of the memory bound. Whoever hears from Redis that a list has changed drops the
/// copy, and says up to when the copies may be trusted; after that none is found.
///
/// **A copy that comes after its invalidation stays out.** Whoever reads a list takes a mark before
/// it asks Redis; put() takes the copy only if nothing of that viewer was dropped since. Viewers
/// share marks (kMarks a shard), so now and then a copy is kept out for nothing.
///
/// Time is given by the caller. Thread-safe.
class NearLists {
 public:
  using List = std::shared_ptr<const CachedList>;
  using TimePoint = std::chrono::steady_clock::time_point;

  /// What was known before a list was read.
  struct Mark {
    std::uint64_t era = 0;
    std::uint32_t drops = 0;
    std::shared_ptr<const std::string> run_id;  ///< of the server that tells of changes
  };
  struct Counts {
    std::uint64_t hits = 0;
    std::uint64_t kept_out = 0;  ///< copies that came after a drop
    std::size_t lists = 0;
    std::size_t bytes = 0;
  };

  /// 0 bytes: never keeps anything.
  explicit NearLists(std::size_t bytes_max, std::size_t shards = 16);
  ~NearLists();
  NearLists(const NearLists&) = delete;
  NearLists& operator=(const NearLists&) = delete;

  bool is_on() const { return !shards_.empty(); }
  bool is_trusted(TimePoint now) const {
    return now.time_since_epoch().count() < trusted_until_.load(std::memory_order_acquire);
  }

  List find(const UserId& user, const std::optional<ModelVersion>& generation,
            std::uint64_t version_min, TimePoint now);
  /// Nothing while the copies are not trusted.
  std::optional<Mark> mark(const UserId& user, TimePoint now) const;
  /// A copy of what Redis answered to a question asked after `mark` was taken.
  void put(const Mark& mark, const UserId& user, List list, TimePoint expires);

  /// The viewer's list has changed.
  void drop(const UserId& user) { drop_below(user, kEvery); }
  /// The same for lists older than `version` only; a newer copy stays.
  void drop_below(const UserId& user, std::uint64_t version);
  void drop_all();
  /// All changes made up to now on the server's run `run_id` have been dropped.
  void trust(std::string_view run_id, TimePoint until);
  /// Changes may have been missed: drops everything.
  void distrust();

  Counts counts() const;

 private:
  class Shard;
  static constexpr std::uint64_t kEvery = ~std::uint64_t{0};

  Shard& shard_of(std::uint64_t hash) const { return *shards_[hash % shards_.size()]; }

  std::vector<std::unique_ptr<Shard>> shards_;
  std::atomic<TimePoint::rep> trusted_until_ = TimePoint::min().time_since_epoch().count();
  std::atomic<std::uint64_t> era_ = 0;  ///< how often everything was dropped
  mutable std::mutex run_id_mutex_;
  std::shared_ptr<const std::string> run_id_;
};

}  // namespace marquee::redis
