#include <csignal>
#include <cstdio>

#include <fmt/format.h>

#include "app/application.h"
#include "app/commands/commands.h"
#include "app/nightly.h"

namespace marquee::app::commands {
namespace {

/// SIGINT and SIGTERM, blocked in every thread that is started while this lives, so that wait()
/// gets them.
class EndSignals {
 public:
  EndSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);  // a client that went away is an error of its write
  }
  void wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
  }
  /// From now on a second signal ends the process at once.
  void release() const { pthread_sigmask(SIG_UNBLOCK, &set_, nullptr); }

 private:
  sigset_t set_{};
};

}  // namespace

Result<void> serve(const LoadedSettings& loaded) {
  const EndSignals signals;
  MARQUEE_TRY(const auto application, Application::start(loaded.settings, stage_arguments(loaded)));
  if (!application->warning().empty()) {
    fmt::print(stderr, "marquee: {}\n", application->warning());
  }
  fmt::print("marquee ready on {}\n", application->address());
  std::fflush(stdout);
  signals.wait();
  signals.release();
  return {};
}

}  // namespace marquee::app::commands
