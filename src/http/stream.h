#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace marquee::http {

/// An answer that goes on after its head, as server-sent events do: a handler keeps the writer and
/// puts the reader into its Response; the connection sends what is written as it comes.
///
///     auto [writer, reader] = make_stream(64 << 10);
///     response.stream = reader;
///     reply(std::move(response));
///     …
///     writer.write("event: list_changed\n\n");   // any thread, any time
///
/// The stream ends when the writer finishes, or when the reader goes: the client has closed, was
/// too slow, or the server drains. What is written and not yet sent is bounded.
class StreamState;

/// The end a handler keeps; a handle that may be copied. Thread-safe, never blocks.
class StreamWriter {
 public:
  explicit StreamWriter(std::shared_ptr<StreamState> state) : state_(std::move(state)) {}

  /// False, with nothing of it queued, when the stream has ended or has no room for all of it.
  bool write(std::string_view bytes) const;
  /// Ends the answer after what is queued. Dropping every writer does not.
  void finish() const;
  bool has_ended() const;
  /// Runs `told` once when the reader has gone, on the thread that dropped it; at once when it has
  /// gone already. One at a time: a second call replaces the first.
  void when_reader_goes(std::function<void()> told) const;

 private:
  std::shared_ptr<StreamState> state_;
};

/// The end a connection has. Its destructor ends the stream.
class StreamReader {
 public:
  struct Piece {
    std::string bytes;
    bool last = false;  ///< nothing comes after these
  };

  explicit StreamReader(std::shared_ptr<StreamState> state) : state_(std::move(state)) {}
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;
  ~StreamReader();

  /// Everything written since the last take(); no bytes when there is nothing yet.
  Piece take();
  /// Runs `ready` on the writer's thread whenever take() has something new, at least once after the
  /// take() that found nothing. It must be quick and must not call take() itself.
  void when_ready(std::function<void()> ready);

 private:
  std::shared_ptr<StreamState> state_;
};

struct Stream {
  StreamWriter writer;
  std::shared_ptr<StreamReader> reader;
};

/// A stream that holds at most `bytes_max` bytes which were written and not yet sent.
Stream make_stream(std::size_t bytes_max);

}  // namespace marquee::http
