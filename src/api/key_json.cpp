#include "api/key_json.h"

#include "base/json_writer.h"
#include "base/time_text.h"

namespace marquee::api {
namespace {

void write_moment(JsonWriter& json, std::string_view name, std::optional<std::int64_t> ms) {
  json.key(name);
  ms ? json.value(format_rfc3339(*ms)) : json.null();
}

void write_key(JsonWriter& json, const ApiKey& key) {
  json.member("id", key.id).member("name", key.name).member("role", key.role);
  json.key("viewer");
  key.viewer ? json.value(key.viewer->value()) : json.null();
  write_moment(json, "created_at", key.created_at_ms);
  write_moment(json, "expires_at", key.expires_at_ms);
  write_moment(json, "last_used_at", key.last_used_at_ms);
  write_moment(json, "revoked_at", key.revoked_at_ms);
}

}  // namespace

std::string keys_json(const std::vector<ApiKey>& keys) {
  JsonWriter json;
  json.begin_object().key("keys").begin_array();
  for (const ApiKey& key : keys) {
    json.begin_object();
    write_key(json, key);
    json.end_object();
  }
  return json.end_array().end_object().take();
}

std::string issued_json(const identity::IssuedKey& issued) {
  JsonWriter json;
  json.begin_object().member("key", issued.text);
  write_key(json, issued.key);
  return json.end_object().take();
}

std::string audit_json(const AuditPage& page) {
  JsonWriter json;
  json.begin_object().key("entries").begin_array();
  for (const AuditEntry& entry : page.entries) {
    json.begin_object().member("seq", entry.seq);
    write_moment(json, "at", entry.at_ms);
    json.member("actor", entry.actor).member("role", entry.role);
    json.member("action", entry.action).member("target", entry.target);
    json.member_or_null("of", entry.of).member_or_null("status", entry.status).end_object();
  }
  json.end_array();
  if (page.next_before) json.member("next_cursor", std::to_string(*page.next_before));
  return json.end_object().take();
}

}  // namespace marquee::api
