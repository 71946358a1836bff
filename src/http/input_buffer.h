#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace marquee::http {

/// Bytes received and not yet consumed, in one piece. Space is reused without being cleared. Not
/// thread-safe.
class InputBuffer {
 public:
  std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }

  /// At least `size` writable bytes after what is there; commit() what was written. Invalidates
  /// views.
  std::span<char> prepare(std::size_t size) {
    if (capacity_ - end_ < size) make_room(size);
    return {bytes_.get() + end_, capacity_ - end_};
  }
  void commit(std::size_t size) { end_ += size; }
  void consume(std::size_t size) {
    begin_ += size;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  /// Gives the memory back when nothing is held: an idle connection costs little.
  void release_if_empty() {
    if (!empty()) return;
    bytes_.reset();
    begin_ = end_ = capacity_ = 0;
  }
  std::size_t capacity() const { return capacity_; }

 private:
  void make_room(std::size_t size) {
    const std::size_t held = end_ - begin_;
    if (capacity_ >= held + size && begin_ >= held) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, held);
    } else {
      const std::size_t capacity = std::max(held + size, 2 * held);
      std::unique_ptr<char[]> grown(new char[capacity]);  // NOLINT: uninitialised on purpose
      if (held > 0) std::memcpy(grown.get(), bytes_.get() + begin_, held);
      bytes_ = std::move(grown);
      capacity_ = capacity;
    }
    begin_ = 0;
    end_ = held;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace marquee::http
