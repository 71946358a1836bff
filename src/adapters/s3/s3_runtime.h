#pragma once

#include <memory>

#include "base/result.h"

namespace marquee::s3 {

/// The life of the S3 client library, which has one in a process: begin it in main() before the
/// first S3ObjectStore, keep it until the last is gone, and end it before main() returns. Once
/// ended it cannot begin again (kFailedPrecondition).
class S3Runtime {
 public:
  static Result<std::unique_ptr<S3Runtime>> begin();
  ~S3Runtime();
  S3Runtime(const S3Runtime&) = delete;
  S3Runtime& operator=(const S3Runtime&) = delete;

 private:
  S3Runtime() = default;
};

}  // namespace marquee::s3
