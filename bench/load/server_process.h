#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <sys/types.h>

#include "base/result.h"

namespace marquee::bench {

/// `marquee serve` of the same build on a scratch directory of its own, with `dataset` imported and
/// a model trained ("synthetic" for the built-in world). Ended by pid, the directory removed.
class ServerProcess {
 public:
  /// `program`: the marquee beside this one. `parent`: where the scratch directory is made.
  static Result<std::unique_ptr<ServerProcess>> start(const std::string& program,
                                                      const std::string& dataset,
                                                      const std::string& parent);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  std::uint16_t port() const { return port_; }
  /// The scratch directory, on the disk that holds the server's log.
  const std::string& directory() const { return directory_; }

 private:
  explicit ServerProcess(std::string directory) : directory_(std::move(directory)) {}
  Result<void> serve(const std::string& program);

  std::string directory_;
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace marquee::bench
