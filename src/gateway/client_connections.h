#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "base/hash.h"

namespace marquee::gateway {

/// How many connections each client holds; at most as many entries as there are connections.
/// Thread-safe; a lock guards one 16th of the clients.
class ClientConnections {
 public:
  /// 0: no limit.
  explicit ClientConnections(std::size_t each_max) : each_max_(each_max) {}

  /// False, with nothing counted, when the client holds as many as it may.
  bool try_add(std::uint64_t client);
  void remove(std::uint64_t client);
  std::size_t clients() const;

 private:
  /// Clients choose their addresses, so the hash has a key of the process.
  struct Hash {
    std::size_t operator()(std::uint64_t client) const;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::uint64_t, std::size_t, Hash> held;
  };
  Shard& shard_of(std::uint64_t client);

  const std::size_t each_max_;
  std::array<Shard, 16> shards_;
};

}  // namespace marquee::gateway
