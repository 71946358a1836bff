#include "base/thread_role.h"

#include <cstdint>

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace marquee {
namespace {

/// struct sched_attr of sched_setattr(2), for which glibc 2.36 has no wrapper.
struct ScheduleAttributes {
  std::uint32_t size = sizeof(ScheduleAttributes);
  std::uint32_t policy = 0;  // SCHED_OTHER
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime_ns = 0;
  std::uint64_t deadline_ns = 0;
  std::uint64_t period_ns = 0;
};

/// Linux 6.12 and later take the runtime of an ordinary thread as the slice it asks for: who asks
/// for less has an earlier virtual deadline and is picked sooner (EEVDF). 0.1 ms is the least.
constexpr std::uint64_t kShortSliceNs = 100'000;
constexpr int kBackgroundNice = 10;

void ask_for_short_slices() {
  ScheduleAttributes attributes;
  attributes.nice = ::getpriority(PRIO_PROCESS, 0);
  attributes.runtime_ns = kShortSliceNs;
  (void)::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace

void take_role(const char* name, ThreadRole role) {
  (void)::pthread_setname_np(::pthread_self(), name);
  if (role == ThreadRole::kAnswers) {
    ask_for_short_slices();
  } else {
    // On Linux the priority is the calling thread's own.
    (void)::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + kBackgroundNice);
  }
}

}  // namespace marquee
