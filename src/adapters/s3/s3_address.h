#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/service_uri.h"

namespace marquee::s3 {

/// Where the objects are: s3://BUCKET[/PREFIX]?endpoint=http://HOST:PORT&region=NAME, and under
/// https &ca_file=PEM.
struct S3Address {
  std::string bucket;
  std::string prefix;  ///< without slashes at its ends; empty: the whole bucket
  /// Host and port of a server that is not Amazon's, whose buckets are then part of the path.
  std::string endpoint;
  bool tls = true;      ///< by default https; an endpoint says it itself
  std::string ca_file;  ///< the authorities to believe; the system's when empty
  std::string region = "us-east-1";
  std::string shown;  ///< for messages

  /// kInvalidArgument that names the part. Reads the file of authorities. Keys do not belong into a
  /// URI, and are refused there.
  static Result<S3Address> from(const ServiceUri& uri);
};

/// An access key. Never shown.
struct S3Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  ///< of temporary keys; else empty
};

}  // namespace marquee::s3
