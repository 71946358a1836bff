#include "gateway/client_connections.h"

#include <span>

namespace marquee::gateway {

std::size_t ClientConnections::Hash::operator()(std::uint64_t client) const {
  return static_cast<std::size_t>(keyed_hash(std::as_bytes(std::span(&client, 1))));
}

ClientConnections::Shard& ClientConnections::shard_of(std::uint64_t client) {
  return shards_[(client ^ client >> 32) % shards_.size()];
}

bool ClientConnections::try_add(std::uint64_t client) {
  Shard& shard = shard_of(client);
  const std::lock_guard lock(shard.mutex);
  std::size_t& held = shard.held[client];
  if (each_max_ > 0 && held >= each_max_) return false;
  ++held;
  return true;
}

void ClientConnections::remove(std::uint64_t client) {
  Shard& shard = shard_of(client);
  const std::lock_guard lock(shard.mutex);
  const auto held = shard.held.find(client);
  if (held != shard.held.end() && --held->second == 0) shard.held.erase(held);
}

std::size_t ClientConnections::clients() const {
  std::size_t count = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    count += shard.held.size();
  }
  return count;
}

}  // namespace marquee::gateway
