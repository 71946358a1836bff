#include "adapters/embedded/ttl_cache.h"

#include <algorithm>
#include <array>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/hash.h"

namespace marquee::embedded {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

/// What the maps and lists cost for an entry besides the key's characters, measured with glibc's
/// malloc and rounded up.
constexpr std::size_t kEntryOverheadBytes = 192;
/// A 32nd of the bound for the slots of forgotten bumps, a quarter of the rest for bumps.
constexpr std::size_t kSlotShare = 32;
constexpr std::size_t kBumpShare = 4;

/// Upper bounds of versions by hash, two slots a viewer: never below what was put in.
class VersionFloors {
 public:
  explicit VersionFloors(std::size_t bytes)
      : slots_(std::max<std::size_t>(2, bytes / sizeof(std::uint64_t))) {}

  void raise(std::uint64_t hash, std::uint64_t version) {
    for (const std::size_t slot : slots_of(hash)) slots_[slot] = std::max(slots_[slot], version);
  }
  std::uint64_t floor(std::uint64_t hash) const {
    const auto [a, b] = slots_of(hash);
    return std::min(slots_[a], slots_[b]);
  }
  std::size_t bytes() const { return slots_.size() * sizeof(std::uint64_t); }

 private:
  std::array<std::size_t, 2> slots_of(std::uint64_t hash) const {
    return {static_cast<std::size_t>((hash >> 32) % slots_.size()),
            static_cast<std::size_t>((hash * 0x9E3779B97F4A7C15ULL >> 32) % slots_.size())};
  }

  std::vector<std::uint64_t> slots_;
};

}  // namespace

class TtlCache::Shard {
 public:
  explicit Shard(std::size_t bytes_max)
      : floors_(bytes_max / kSlotShare),
        bumps_max_((bytes_max - std::min(bytes_max, floors_.bytes())) / kBumpShare),
        lists_max_(bytes_max - std::min(bytes_max, floors_.bytes()) - bumps_max_) {}

  std::shared_ptr<const CachedList> find(const UserId& user,
                                         const std::optional<ModelVersion>& generation,
                                         std::uint64_t version_min, TimePoint now) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(user);
    if (found == entries_.end() || !found->second.list) return nullptr;
    Entry& entry = found->second;
    if (now >= entry.expires) {
      drop_list(found);
      return nullptr;
    }
    if (entry.list->profile_version < version_min || entry.list->generation != generation) {
      return nullptr;
    }
    with_list_.splice(with_list_.begin(), with_list_, entry.place);
    return entry.list;
  }

  void fill(const UserId& user, std::uint64_t hash, std::shared_ptr<const CachedList> list,
            TimePoint expires, TimePoint now) {
    const std::lock_guard lock(mutex_);
    const std::size_t size = memory_of(*list) + entry_bytes(user);
    if (size > lists_max_) return;
    auto found = entries_.find(user);
    if (found == entries_.end()) {
      // What was forgotten of this viewer lies at or below the floor.
      const std::uint64_t floor = floors_.floor(hash);
      if (list->profile_version < floor) return;
      found = insert(user, hash, floor);
    }
    if (list->profile_version < found->second.bumped || is_overtaken(found->second, *list, now)) {
      drop_if_empty(found);
      return trim_bumps();
    }
    set_list(found, std::move(list), size, expires);
    while (list_bytes_ > lists_max_) drop_list(entries_.find(*with_list_.back()));
  }

  void bump(const UserId& user, std::uint64_t hash, std::uint64_t version) {
    const std::lock_guard lock(mutex_);
    auto found = entries_.find(user);
    if (found == entries_.end()) found = insert(user, hash, version);
    Entry& entry = found->second;
    entry.bumped = std::max(entry.bumped, version);
    if (!entry.list) {
      without_list_.splice(without_list_.begin(), without_list_, entry.place);
    } else if (entry.list->profile_version < entry.bumped) {
      drop_list(found);
    }
    trim_bumps();
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    while (!with_list_.empty()) drop_list(entries_.find(*with_list_.back()));
  }

  std::size_t bytes() const {
    const std::lock_guard lock(mutex_);
    return list_bytes_ + bump_bytes_ + floors_.bytes();
  }

 private:
  struct Entry {
    std::uint64_t hash = 0;
    std::uint64_t bumped = 0;
    std::shared_ptr<const CachedList> list;  ///< null: only the bump is remembered
    TimePoint expires;
    std::size_t bytes = 0;
    std::list<const UserId*>::iterator place;  ///< in with_list_ or without_list_
  };
  using Entries = std::unordered_map<UserId, Entry>;

  static std::size_t entry_bytes(const UserId& user) {
    return kEntryOverheadBytes + user.value().size();
  }
  /// A slow fill of the same generation must not replace a newer list.
  static bool is_overtaken(const Entry& entry, const CachedList& list, TimePoint now) {
    return entry.list && now < entry.expires && entry.list->generation == list.generation &&
           list.profile_version < entry.list->profile_version;
  }

  Entries::iterator insert(const UserId& user, std::uint64_t hash, std::uint64_t version) {
    const auto at = entries_.emplace(user, Entry{}).first;
    at->second.hash = hash;
    at->second.bumped = version;
    at->second.bytes = entry_bytes(user);
    at->second.place = without_list_.insert(without_list_.begin(), &at->first);
    bump_bytes_ += at->second.bytes;
    return at;
  }

  void set_list(Entries::iterator at, std::shared_ptr<const CachedList> list, std::size_t size,
                TimePoint expires) {
    Entry& entry = at->second;
    auto& from = entry.list ? with_list_ : without_list_;
    (entry.list ? list_bytes_ : bump_bytes_) -= entry.bytes;
    with_list_.splice(with_list_.begin(), from, entry.place);
    entry.list = std::move(list);
    entry.expires = expires;
    entry.bytes = size;
    list_bytes_ += size;
  }

  /// The list goes, the bump stays.
  void drop_list(Entries::iterator at) {
    Entry& entry = at->second;
    list_bytes_ -= entry.bytes;
    without_list_.splice(without_list_.begin(), with_list_, entry.place);
    entry.list.reset();
    entry.bytes = entry_bytes(at->first);
    bump_bytes_ += entry.bytes;
    drop_if_empty(at);
    trim_bumps();
  }

  /// An entry with neither list nor bump says nothing.
  void drop_if_empty(Entries::iterator at) {
    if (at->second.list || at->second.bumped > 0) return;
    erase(at);
  }

  void erase(Entries::iterator at) {
    bump_bytes_ -= at->second.bytes;
    without_list_.erase(at->second.place);
    entries_.erase(at);
  }

  void trim_bumps() {
    while (bump_bytes_ > bumps_max_) {
      const auto oldest = entries_.find(*without_list_.back());
      floors_.raise(oldest->second.hash, oldest->second.bumped);
      erase(oldest);
    }
  }

  mutable std::mutex mutex_;
  VersionFloors floors_;
  const std::size_t bumps_max_;
  const std::size_t lists_max_;
  Entries entries_;
  std::list<const UserId*> with_list_;     ///< last used first
  std::list<const UserId*> without_list_;  ///< last bumped first
  std::size_t list_bytes_ = 0;
  std::size_t bump_bytes_ = 0;
};

TtlCache::TtlCache(const Clock& clock, Options options) : clock_(clock), options_(options) {
  const std::size_t count = std::max<std::size_t>(1, options_.shards);
  for (std::size_t i = 0; i < count; ++i) {
    shards_.push_back(std::make_unique<Shard>(options_.bytes_max / count));
  }
}

TtlCache::~TtlCache() = default;

TtlCache::Shard& TtlCache::shard_of(std::uint64_t hash) const {
  return *shards_[hash % shards_.size()];
}

std::shared_ptr<const CachedList> TtlCache::find(const UserId& user,
                                                 const std::optional<ModelVersion>& generation,
                                                 std::uint64_t version_min) {
  return shard_of(keyed_hash(user.value())).find(user, generation, version_min, clock_.steady());
}

void TtlCache::fill(const UserId& user, std::shared_ptr<const CachedList> list) {
  const std::uint64_t hash = keyed_hash(user.value());
  const TimePoint now = clock_.steady();
  shard_of(hash).fill(user, hash, std::move(list), now + options_.ttl, now);
}

void TtlCache::bump(const UserId& user, std::uint64_t version) {
  const std::uint64_t hash = keyed_hash(user.value());
  shard_of(hash).bump(user, hash, version);
}

void TtlCache::clear() {
  for (const auto& shard : shards_) shard->clear();
}

std::size_t TtlCache::bytes() const {
  std::size_t sum = 0;
  for (const auto& shard : shards_) sum += shard->bytes();
  return sum;
}

}  // namespace marquee::embedded
