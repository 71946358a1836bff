#include <csignal>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

#include "app/commands/commands.h"
#include "app/nightly/nightly.h"
#include "app/server/application.h"
#include "telemetry/log.h"

namespace marquee::app::commands {
namespace {

/// SIGINT, SIGTERM and SIGHUP, blocked in every thread that is started while this lives, so that
/// wait() gets them.
class EndSignals {
 public:
  EndSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);  // a client that went away is an error of its write
  }
  int wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
    return signal;
  }
  /// From now on a second signal ends the process at once.
  void release() const { pthread_sigmask(SIG_UNBLOCK, &set_, nullptr); }

 private:
  sigset_t set_{};
};

/// On a terminal the operator's token itself: what stands in a log, others read. A file holds it,
/// too, for its owner only.
void tell_operator(const Application& application, const Settings& settings) {
  const bool on_terminal = ::isatty(STDERR_FILENO) == 1;
  fmt::print(stderr, "marquee: console at {}/console, operator token {}in {}/operator.token\n",
             application.address(), on_terminal ? application.operator_token() + ", also " : "",
             settings.data_dir);
}

void reload(Application& application) {
  const auto reloaded = application.reload_certificate();
  telemetry::log(reloaded.ok() ? telemetry::Level::kInfo : telemetry::Level::kError, "app",
                 reloaded.ok() ? "the certificate was read again"
                               : reloaded.error().message + "; the one in use stays");
}

}  // namespace

Result<void> serve(const LoadedSettings& loaded) {
  const EndSignals signals;
  MARQUEE_TRY(const auto application, Application::start(loaded.settings, stage_arguments(loaded)));
  if (!application->warning().empty()) {
    fmt::print(stderr, "marquee: {}\n", application->warning());
  }
  tell_operator(*application, loaded.settings);
  fmt::print("marquee ready on {}\n", application->address());
  std::fflush(stdout);
  // SIGHUP ends a server as the other two do, unless it has a certificate to read again.
  while (signals.wait() == SIGHUP && application->has_certificate()) reload(*application);
  signals.release();
  return {};
}

}  // namespace marquee::app::commands
