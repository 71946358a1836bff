#include "adapters/embedded/event_log/recent_events.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

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
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

void RecentEvents::insert(const Key& key, const Entry& entry) {
  if (entries_.emplace(key, entry).second) in_order_.push_back(key);
}

void RecentEvents::remove_from(std::uint64_t offset) {
  while (!in_order_.empty()) {
    const auto newest = entries_.find(in_order_.back());
    if (newest->second.offset < offset) return;
    entries_.erase(newest);
    in_order_.pop_back();
  }
}

void RecentEvents::forget(std::size_t size_max, std::uint64_t folded_end) {
  while (entries_.size() > size_max) {
    const auto oldest = entries_.find(in_order_.front());
    if (oldest->second.offset >= folded_end) return;
    forgotten_id_ms_ = std::max(forgotten_id_ms_, oldest->first.id.v7_ms());
    entries_.erase(oldest);
    in_order_.pop_front();
  }
}

}  // namespace marquee::embedded
