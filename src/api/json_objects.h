#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "api/json_object.h"

namespace marquee::api {

/// A request body that is one object or many of a kind.
struct JsonObjects {
  /// True for an array and for NDJSON, however few they hold.
  bool many = false;
  /// In order; each has a problem() of its own. One when `many` is false.
  std::vector<JsonObject> objects;
  /// The body as a whole: 415, 400 for what is no JSON, 422 for none or too many objects.
  std::optional<http::Response> refused;
};

/// Reads application/json (an object, or an array of at most `count_max`) or application/x-ndjson
/// (one object a line; empty lines do not count). A broken line is that line's problem; an array is
/// one text, so that a break anywhere in it refuses the whole.
JsonObjects read_json_objects(const http::Request& request, JsonObject::Names known,
                              std::size_t count_max);

}  // namespace marquee::api
