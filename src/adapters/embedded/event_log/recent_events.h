#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <unordered_map>

#include "domain/ids.h"

namespace marquee::embedded {

/// The newer part of the deduplication window, in memory. An entry may only be forgotten once the
/// fold has passed its event, because from then on KnownEvents finds it on disk.
/// About 120 bytes an event. Not thread-safe.
class RecentEvents {
 public:
  /// (user_id, event_id); the viewer as a keyed 64-bit hash over both.
  struct Key {
    std::uint64_t hash = 0;
    EventId id;
    bool operator==(const Key&) const = default;
  };
  struct Entry {
    std::uint64_t offset = 0;
    std::uint64_t fingerprint = 0;
    std::int64_t accepted_at_ms = 0;
  };

  static Key key_of(const UserId& user, const EventId& id);

  /// Null when it is not here. Valid until the next change.
  const Entry* find(const Key& key) const;
  /// `entry.offset` must be larger than all before.
  void insert(const Key& key, const Entry& entry);
  /// Takes back every entry from `offset` on: their frame failed.
  void remove_from(std::uint64_t offset);
  /// Forgets the oldest until at most `size_max` are left, none at or beyond `folded_end`.
  void forget(std::size_t size_max, std::uint64_t folded_end);
  /// Events that were never loaded have ids of up to this time.
  void set_forgotten_id_ms(std::int64_t id_ms) { forgotten_id_ms_ = id_ms; }

  /// True when an event with this id may have been stored and forgotten: its id is no younger than
  /// the youngest forgotten one.
  bool may_be_forgotten(const EventId& id) const {
    return forgotten_id_ms_ >= id.v7_ms() || (!id.is_v7() && forgotten_id_ms_ > kNothing);
  }
  std::size_t size() const { return entries_.size(); }

 private:
  static constexpr std::int64_t kNothing = std::numeric_limits<std::int64_t>::min();
  struct KeyHash {
    std::size_t operator()(const Key& key) const { return static_cast<std::size_t>(key.hash); }
  };

  std::unordered_map<Key, Entry, KeyHash> entries_;
  std::deque<Key> in_order_;  ///< oldest first
  std::int64_t forgotten_id_ms_ = kNothing;
};

}  // namespace marquee::embedded
