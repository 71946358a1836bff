#pragma once

#include <cstddef>
#include <functional>

namespace marquee {

/// Runs body(worker, index) for every index in [0, count) on `workers` threads (the caller is one
/// of them) and returns when all are done. Indices are dealt out in blocks of `grain`, in order, so
/// callers put the longest work first. Which worker gets which index is not determined: a body
/// whose result depends on it is not reproducible. `body` must not throw.
void parallel_for(std::size_t workers, std::size_t count, std::size_t grain,
                  const std::function<void(std::size_t worker, std::size_t index)>& body);

/// The number of CPUs this process may use, at least 1.
std::size_t available_cpus();

}  // namespace marquee
