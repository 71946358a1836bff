#include "api/worker.h"

#include <chrono>
#include <utility>

namespace marquee::api {
namespace {

constexpr std::size_t kBatchMax = 64;
constexpr std::chrono::milliseconds kWait{1'000};

}  // namespace

Worker::Worker()
    : thread_([this] {
        while (!queue_.closed() || queue_.size() > 0) {
          for (auto& task : queue_.pop_batch(kBatchMax, kWait)) task();
        }
      }) {}

Worker::~Worker() { queue_.close(); }

bool Worker::post(std::function<void()> task) { return queue_.try_push(std::move(task)); }

}  // namespace marquee::api
