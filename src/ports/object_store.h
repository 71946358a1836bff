#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace marquee {

/// Named, immutable-once-written blobs: the lakehouse. Keys are relative paths such as
/// "models/als_20250103_0200/manifest.json" of segments [A-Za-z0-9_.=-]+; "." and ".." are refused
/// (kInvalidArgument).
///
/// put() is atomic and durable: a reader sees the old object or the new one, whole.
/// Contract: ports/contract/object_store_contract.h. Threads: any.
class ObjectStore {
 public:
  ObjectStore() = default;
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;
  virtual ~ObjectStore() = default;

  virtual Result<void> put(std::string_view key, std::span<const std::byte> bytes) = 0;
  /// kNotFound when there is none.
  virtual Result<std::vector<std::byte>> get(std::string_view key) const = 0;
  /// Keys that start with `prefix`, sorted by byte. kInvalidArgument when no key can start so.
  virtual Result<std::vector<std::string>> list(std::string_view prefix) const = 0;
  /// Ok when there was none.
  virtual Result<void> remove(std::string_view key) = 0;
};

/// kInvalidArgument unless `key` follows the grammar above.
Result<void> check_object_key(std::string_view key);
/// kInvalidArgument unless `prefix` can start a key: empty, or whole segments and then the start of
/// one.
Result<void> check_object_prefix(std::string_view prefix);

}  // namespace marquee
