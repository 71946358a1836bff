#include "adapters/redis/near_lists.h"

#include <array>
#include <list>
#include <unordered_map>
#include <utility>

#include "base/hash.h"

namespace marquee::redis {
namespace {

using TimePoint = NearLists::TimePoint;

/// What map and order cost for an entry besides the id's characters, rounded up.
constexpr std::size_t kEntryOverheadBytes = 192;
constexpr std::size_t kMarks = 256;

}  // namespace

class NearLists::Shard {
 public:
  explicit Shard(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  List find(const UserId& user, const std::optional<ModelVersion>& generation,
            std::uint64_t version_min, TimePoint now) {
    const std::lock_guard lock(mutex_);
    const auto found = copies_.find(user);
    if (found == copies_.end()) return nullptr;
    Copy& copy = found->second;
    if (now >= copy.expires) {
      erase(found);
      return nullptr;
    }
    if (copy.list->profile_version < version_min || copy.list->generation != generation) {
      return nullptr;
    }
    order_.splice(order_.begin(), order_, copy.place);
    ++hits_;
    return copy.list;
  }

  std::uint32_t drops(std::uint64_t hash) const {
    const std::lock_guard lock(mutex_);
    return drops_[mark_of(hash)];
  }

  void put(const Mark& mark, const std::atomic<std::uint64_t>& era, const UserId& user,
           std::uint64_t hash, List list, TimePoint expires) {
    const std::lock_guard lock(mutex_);
    // Under the lock: who drops moves the era or the mark first, and takes this lock afterwards.
    if (drops_[mark_of(hash)] != mark.drops || era != mark.era) {
      ++kept_out_;
      return;
    }
    const std::size_t size = memory_of(*list) + kEntryOverheadBytes + user.value().size();
    if (size > bytes_max_) return;
    if (const auto old = copies_.find(user); old != copies_.end()) erase(old);
    const auto at = copies_.emplace(user, Copy{std::move(list), expires, size, {}}).first;
    at->second.place = order_.insert(order_.begin(), &at->first);
    bytes_ += size;
    while (bytes_ > bytes_max_) erase(copies_.find(*order_.back()));
  }

  void drop_below(const UserId& user, std::uint64_t hash, std::uint64_t version) {
    const std::lock_guard lock(mutex_);
    ++drops_[mark_of(hash)];
    const auto found = copies_.find(user);
    if (found == copies_.end()) return;
    if (version == kEvery || found->second.list->profile_version < version) erase(found);
  }

  void drop_all() {
    const std::lock_guard lock(mutex_);
    copies_.clear();
    order_.clear();
    bytes_ = 0;
  }

  void add_to(Counts& sum) const {
    const std::lock_guard lock(mutex_);
    sum.hits += hits_;
    sum.kept_out += kept_out_;
    sum.lists += copies_.size();
    sum.bytes += bytes_;
  }

 private:
  struct Copy {
    List list;
    TimePoint expires;
    std::size_t bytes = 0;
    std::list<const UserId*>::iterator place;
  };
  using Copies = std::unordered_map<UserId, Copy>;

  /// Of other bits than those that choose the shard.
  static std::size_t mark_of(std::uint64_t hash) { return (hash >> 32) % kMarks; }

  void erase(Copies::iterator at) {
    bytes_ -= at->second.bytes;
    order_.erase(at->second.place);
    copies_.erase(at);
  }

  mutable std::mutex mutex_;
  const std::size_t bytes_max_;
  Copies copies_;
  std::list<const UserId*> order_;  ///< last used first
  std::size_t bytes_ = 0;
  std::array<std::uint32_t, kMarks> drops_{};
  std::uint64_t hits_ = 0;
  std::uint64_t kept_out_ = 0;
};

NearLists::NearLists(std::size_t bytes_max, std::size_t shards) {
  if (bytes_max == 0) return;
  for (std::size_t i = 0; i < shards; ++i) {
    shards_.push_back(std::make_unique<Shard>(bytes_max / shards));
  }
}

NearLists::~NearLists() = default;

NearLists::List NearLists::find(const UserId& user, const std::optional<ModelVersion>& generation,
                                std::uint64_t version_min, TimePoint now) {
  if (!is_on() || !is_trusted(now)) return nullptr;
  return shard_of(keyed_hash(user.value())).find(user, generation, version_min, now);
}

std::optional<NearLists::Mark> NearLists::mark(const UserId& user, TimePoint now) const {
  if (!is_on()) return std::nullopt;
  Mark mark;
  // Before the question whether to trust: a mark of an era that began since would outlive what was
  // missed between the two.
  mark.era = era_;
  if (!is_trusted(now)) return std::nullopt;
  const std::uint64_t hash = keyed_hash(user.value());
  mark.drops = shard_of(hash).drops(hash);
  const std::lock_guard lock(run_id_mutex_);
  mark.run_id = run_id_;
  return mark;
}

void NearLists::put(const Mark& mark, const UserId& user, List list, TimePoint expires) {
  const std::uint64_t hash = keyed_hash(user.value());
  shard_of(hash).put(mark, era_, user, hash, std::move(list), expires);
}

void NearLists::drop_below(const UserId& user, std::uint64_t version) {
  if (!is_on()) return;
  const std::uint64_t hash = keyed_hash(user.value());
  shard_of(hash).drop_below(user, hash, version);
}

void NearLists::drop_all() {
  ++era_;
  for (const auto& shard : shards_) shard->drop_all();
}

void NearLists::trust(std::string_view run_id, TimePoint until) {
  if (!is_on()) return;
  {
    const std::lock_guard lock(run_id_mutex_);
    if (!run_id_ || *run_id_ != run_id) run_id_ = std::make_shared<const std::string>(run_id);
  }
  trusted_until_.store(until.time_since_epoch().count(), std::memory_order_release);
}

void NearLists::distrust() {
  trusted_until_.store(TimePoint::min().time_since_epoch().count(), std::memory_order_release);
  drop_all();
}

NearLists::Counts NearLists::counts() const {
  Counts sum;
  for (const auto& shard : shards_) shard->add_to(sum);
  return sum;
}

}  // namespace marquee::redis
