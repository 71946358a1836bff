#include "base/parallel_for.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace marquee {

void parallel_for(std::size_t workers, std::size_t count, std::size_t grain,
                  const std::function<void(std::size_t worker, std::size_t index)>& body) {
  std::atomic<std::size_t> next{0};
  const auto work = [&](std::size_t worker) {
    for (;;) {
      const std::size_t first = next.fetch_add(grain);
      if (first >= count) return;
      const std::size_t last = std::min(count, first + grain);
      for (std::size_t index = first; index < last; ++index) body(worker, index);
    }
  };
  std::vector<std::jthread> threads;
  const std::size_t blocks = (count + grain - 1) / grain;
  for (std::size_t worker = 1; worker < std::min(workers, blocks); ++worker) {
    threads.emplace_back(work, worker);
  }
  work(0);
}

std::size_t available_cpus() { return std::max(1U, std::thread::hardware_concurrency()); }

}  // namespace marquee
