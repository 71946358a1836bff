#include "identity/jwks_url.h"

#include "identity/jwk_set.h"

namespace marquee::identity {

bool JwksUrl::is_due() const {
  if (!fetched_) return true;
  const auto since = clock_.steady() - *fetched_;
  if (since < options_.refresh_min) return false;
  return !last_.ok() || since >= options_.refresh || verifier_.unknown_keys() != unknown_seen_;
}

Result<void> JwksUrl::fetch_now() {
  MARQUEE_TRY(const std::string text, fetch_());
  MARQUEE_TRY(JwkSet keys, parse_jwk_set(text));
  verifier_.set_keys(std::move(keys));
  return {};
}

Result<void> JwksUrl::refresh() {
  if (!is_due()) return last_;
  unknown_seen_ = verifier_.unknown_keys();  // before: who comes meanwhile may want newer ones
  last_ = fetch_now();
  if (!last_.ok()) last_ = last_.error().with_context("identity.jwks_url");
  fetched_ = clock_.steady();
  return last_;
}

}  // namespace marquee::identity
