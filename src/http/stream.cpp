#include "http/stream.h"

#include <mutex>
#include <utility>

namespace marquee::http {

/// What both ends share. Callbacks run without the mutex held: they may call back in.
class StreamState {
 public:
  explicit StreamState(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  bool write(std::string_view bytes) {
    std::function<void()> ready;
    {
      const std::lock_guard lock(mutex_);
      if (finished_ || reader_gone_ || bytes.size() > bytes_max_ - queued_.size()) return false;
      queued_ += bytes;
      ready = ready_;
    }
    if (ready) ready();
    return true;
  }

  void finish() {
    std::function<void()> ready;
    {
      const std::lock_guard lock(mutex_);
      if (finished_ || reader_gone_) return;
      finished_ = true;
      ready = ready_;
    }
    if (ready) ready();
  }

  bool has_ended() const {
    const std::lock_guard lock(mutex_);
    return finished_ || reader_gone_;
  }

  void when_reader_goes(std::function<void()> told) {
    {
      const std::lock_guard lock(mutex_);
      if (!reader_gone_) {
        told_ = std::move(told);
        return;
      }
    }
    told();
  }

  StreamReader::Piece take() {
    const std::lock_guard lock(mutex_);
    return {std::exchange(queued_, {}), finished_};
  }

  void when_ready(std::function<void()> ready) {
    const std::lock_guard lock(mutex_);
    ready_ = std::move(ready);
  }

  void reader_goes() {
    std::function<void()> told;
    std::function<void()> ready;  // let go of outside the mutex, as it may hold a connection
    {
      const std::lock_guard lock(mutex_);
      reader_gone_ = true;
      queued_ = {};
      told = std::move(told_);
      ready = std::move(ready_);
    }
    if (told) told();
  }

 private:
  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::string queued_;
  bool finished_ = false;
  bool reader_gone_ = false;
  std::function<void()> ready_;
  std::function<void()> told_;
};

bool StreamWriter::write(std::string_view bytes) const { return state_->write(bytes); }
void StreamWriter::finish() const { state_->finish(); }
bool StreamWriter::has_ended() const { return state_->has_ended(); }
void StreamWriter::when_reader_goes(std::function<void()> told) const {
  state_->when_reader_goes(std::move(told));
}

StreamReader::~StreamReader() { state_->reader_goes(); }
StreamReader::Piece StreamReader::take() { return state_->take(); }
void StreamReader::when_ready(std::function<void()> ready) { state_->when_ready(std::move(ready)); }

Stream make_stream(std::size_t bytes_max) {
  auto state = std::make_shared<StreamState>(bytes_max);
  return {StreamWriter(state), std::make_shared<StreamReader>(state)};
}

}  // namespace marquee::http
