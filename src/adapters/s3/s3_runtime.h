#pragma once

#include "base/result.h"

namespace marquee::s3 {

/// The life of the S3 client library, which has one in a process. It begins with the first
/// S3ObjectStore, and must end after the last one is gone and before main() returns: this object in
/// main() sees to that. Once ended it cannot begin again.
class S3Runtime {
 public:
  S3Runtime() = default;
  ~S3Runtime();
  S3Runtime(const S3Runtime&) = delete;
  S3Runtime& operator=(const S3Runtime&) = delete;
};

/// Begins it unless it has begun. kFailedPrecondition once it has ended. One thread at a time.
Result<void> begin_s3();

}  // namespace marquee::s3
