#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include "domain/ids.h"

namespace marquee::embedded {

/// The newer part of the deduplication window, in memory. An entry may only be forgotten once the
/// fold has passed its event, because from then on KnownEvents finds it on disk.
/// At most 100 bytes an event while it grows (bytes()): entries in the order of their offsets and
/// an index over them, a table of 8-byte slots with linear probing, at most 3/4 full (Knuth, TAOCP
/// 3, 6.4), which does not shrink. A node for each would cost more memory and three times the cache
/// misses. Not thread-safe.
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
  std::size_t size() const { return items_.size(); }
  /// Memory in use, to within a few kilobytes.
  std::size_t bytes() const {
    return items_.size() * sizeof(Item) + slots_.capacity() * sizeof(Slot);
  }

 private:
  static constexpr std::int64_t kNothing = std::numeric_limits<std::int64_t>::min();
  struct Item {
    Key key;
    Entry entry;
  };
  /// Says which item is here. `tag` is the item's hash in 32 bits, of which the low ones are where
  /// it wants to be; 0 when the slot is free.
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t number = 0;  ///< of the item, counted from the first ever, modulo 2^32
  };

  static std::uint32_t tag_of(const Key& key);
  const Item& item(std::uint32_t number) const { return items_[number - first_number_]; }
  std::size_t mask() const { return slots_.size() - 1; }
  /// Where `key` is, or else the free slot where it would go.
  std::size_t slot_of(const Key& key) const;
  void put(Slot slot);
  void grow();
  /// Frees the slot of the item with this number.
  void free_slot(std::uint32_t number);

  std::deque<Item> items_;  ///< oldest first
  std::uint32_t first_number_ = 0;
  std::vector<Slot> slots_ = std::vector<Slot>(16);  ///< always a power of two
  std::int64_t forgotten_id_ms_ = kNothing;
};

}  // namespace marquee::embedded
