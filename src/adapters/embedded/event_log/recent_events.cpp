#include "adapters/embedded/event_log/recent_events.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

#include "base/hash.h"

namespace marquee::embedded {

RecentEvents::Key RecentEvents::key_of(const UserId& user, const EventId& id) {
  std::array<std::byte, kIdLengthMax + sizeof(Uuid::Bytes)> text;
  const std::string& name = user.value();
  if (name.size() > kIdLengthMax) return {keyed_hash(name), id};
  std::memcpy(text.data(), id.bytes().data(), sizeof(Uuid::Bytes));
  std::memcpy(text.data() + sizeof(Uuid::Bytes), name.data(), name.size());
  return {keyed_hash(std::span(text).first(sizeof(Uuid::Bytes) + name.size())), id};
}

const RecentEvents::Entry* RecentEvents::find(const Key& key) const {
  const Slot slot = slots_[slot_of(key)];
  return slot.tag == 0 ? nullptr : &item(slot.number).entry;
}

void RecentEvents::insert(const Key& key, const Entry& entry) {
  const std::size_t at = slot_of(key);
  if (slots_[at].tag != 0) return;
  slots_[at] = {tag_of(key), first_number_ + static_cast<std::uint32_t>(items_.size())};
  items_.push_back({key, entry});
  if (items_.size() > slots_.size() / 4 * 3) grow();
}

void RecentEvents::remove_from(std::uint64_t offset) {
  while (!items_.empty() && items_.back().entry.offset >= offset) {
    free_slot(first_number_ + static_cast<std::uint32_t>(items_.size() - 1));
    items_.pop_back();
  }
}

void RecentEvents::forget(std::size_t size_max, std::uint64_t folded_end) {
  while (items_.size() > size_max) {
    const Item& oldest = items_.front();
    if (oldest.entry.offset >= folded_end) return;
    forgotten_id_ms_ = std::max(forgotten_id_ms_, oldest.key.id.v7_ms());
    free_slot(first_number_);
    items_.pop_front();
    ++first_number_;
  }
}

/// The top bit tells it from a free slot; tables stay far below 2^31 slots.
std::uint32_t RecentEvents::tag_of(const Key& key) {
  return static_cast<std::uint32_t>(key.hash) | 0x8000'0000U;
}

std::size_t RecentEvents::slot_of(const Key& key) const {
  const std::uint32_t tag = tag_of(key);
  std::size_t at = tag & mask();
  while (slots_[at].tag != 0 && (slots_[at].tag != tag || item(slots_[at].number).key != key)) {
    at = (at + 1) & mask();
  }
  return at;
}

void RecentEvents::put(Slot slot) {
  std::size_t at = slot.tag & mask();
  while (slots_[at].tag != 0) at = (at + 1) & mask();
  slots_[at] = slot;
}

void RecentEvents::grow() {
  const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
  for (const Slot& slot : before) {
    if (slot.tag != 0) put(slot);
  }
}

/// Whoever stands behind the gap and would rather be in it, or before it, moves up (Knuth,
/// algorithm 6.4R): then no search ends too early, and no tombstones fill the table.
void RecentEvents::free_slot(std::uint32_t number) {
  std::size_t gap = tag_of(item(number).key) & mask();
  while (slots_[gap].number != number || slots_[gap].tag == 0) gap = (gap + 1) & mask();
  for (std::size_t at = (gap + 1) & mask(); slots_[at].tag != 0; at = (at + 1) & mask()) {
    const std::size_t from_home = (at - slots_[at].tag) & mask();
    if (from_home < ((at - gap) & mask())) continue;
    slots_[gap] = slots_[at];
    gap = at;
  }
  slots_[gap] = {};
}

}  // namespace marquee::embedded
