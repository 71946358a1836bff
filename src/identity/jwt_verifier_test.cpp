// Goal: of all tokens only those let anybody in that the issuer signed, for us, for now. The list
// of forgeries is that of JWT attacks that are known.
#include "identity/jwt_verifier.h"

#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "identity/jwt_fixture_for_test.h"
#include "testing/manual_clock.h"

namespace marquee::identity {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr const char* kIssuer = "https://issuer.example";
/// `exp` an hour behind ManualClock's start.
constexpr const char* kClaims =
    R"({"iss":"https://issuer.example","aud":"marquee","sub":"ann","exp":1735693200)";

std::string claims(const std::string& more = "") { return std::string(kClaims) + more + "}"; }

class JwtTest : public ::testing::Test {
 protected:
  JwtTest() {
    auto set =
        parse_jwk_set(fmt::format(R"({{"keys":[{},{},{}]}})", issuer_.jwk(), kRsaJwk, kEcJwk));
    EXPECT_TRUE(set.ok()) << set.error().message;
    verifier_.set_keys(*std::move(set));
  }
  bool lets_in(const std::string& token) { return verifier_.verify(token).has_value(); }

  testing::ManualClock clock_;
  Issuer issuer_;
  JwtVerifier verifier_{{kIssuer, "marquee", "role"}, clock_};
};

TEST_F(JwtTest, TakesTheThreeAlgorithmsAndWhatOpensslSigned) {
  for (const std::string& token :
       {issuer_.token(claims()), std::string(kRsaToken), std::string(kEcToken)}) {
    const auto caller = verifier_.verify(token);
    ASSERT_TRUE(caller) << token;
    EXPECT_EQ(caller->role, Role::kViewer);
    EXPECT_EQ(caller->viewer, UserId("ann"));
    EXPECT_EQ(caller->name, "jwt:ann");
  }
}

TEST_F(JwtTest, RefusesATokenFromTheMomentItExpires) {
  const std::string token = issuer_.token(claims());
  clock_.advance(hours(1) - seconds(1));
  EXPECT_TRUE(lets_in(token));
  clock_.advance(seconds(1));
  EXPECT_FALSE(lets_in(token));
  EXPECT_FALSE(lets_in(std::string(kRsaToken)));
  EXPECT_FALSE(lets_in(std::string(kEcToken)));
}

TEST_F(JwtTest, WantsEveryClaimToBeRight) {
  const std::vector<std::string> wrong{
      R"({"aud":"marquee","sub":"ann","exp":1735693200})",
      R"({"iss":"https://issuer.example/","aud":"marquee","sub":"ann","exp":1735693200})",
      R"({"iss":["https://issuer.example"],"aud":"marquee","sub":"ann","exp":1735693200})",
      R"({"iss":"https://issuer.example","sub":"ann","exp":1735693200})",
      R"({"iss":"https://issuer.example","aud":"another","sub":"ann","exp":1735693200})",
      R"({"iss":"https://issuer.example","aud":["a","b"],"sub":"ann","exp":1735693200})",
      R"({"iss":"https://issuer.example","aud":{"x":"marquee"},"sub":"ann","exp":1735693200})",
      R"({"iss":"https://issuer.example","aud":"marquee","sub":"ann"})",
      R"({"iss":"https://issuer.example","aud":"marquee","sub":"ann","exp":"1735693200"})",
      R"({"iss":"https://issuer.example","aud":"marquee","sub":"ann","exp":1e400})",
      R"({"iss":"https://issuer.example","aud":"marquee","sub":"ann","exp":null})",
      R"({"iss":"https://issuer.example","aud":"marquee","exp":1735693200})",
      R"({"iss":"https://issuer.example","aud":"marquee","sub":"","exp":1735693200})",
      R"({"iss":"https://issuer.example","aud":"marquee","sub":"a b","exp":1735693200})",
      R"({"iss":"https://issuer.example","aud":"marquee","sub":"marquee:canary","exp":1735693200})",
      claims(R"(,"nbf":1735693000)"),
      claims(R"(,"nbf":"now")"),
      claims(R"(,"iat":1735693000)"),
      claims(R"(,"role":"emperor")"),
      claims(R"(,"role":["admin"])"),
      claims(R"(,"role":1)"),
      claims(R"(,"role":"viewer-client","role":"admin")"),
      claims(R"(,"sub":"bob")"),
      "[]",
      "null",
      "x",
      ""};
  for (const std::string& text : wrong) EXPECT_FALSE(lets_in(issuer_.token(text))) << text;
}

TEST_F(JwtTest, TakesAnAudienceAmongOthersAndClocksThatDifferALittle) {
  EXPECT_TRUE(lets_in(issuer_.token(
      R"({"iss":"https://issuer.example","aud":["x","marquee"],"sub":"ann","exp":1735693200})")));
  EXPECT_TRUE(lets_in(issuer_.token(claims(R"(,"nbf":1735689630,"iat":1735689630)"))));
}

TEST_F(JwtTest, TakesTheRoleFromTheClaimThatTheSettingNames) {
  const std::string token = issuer_.token(claims(R"(,"role":"analyst","x":"operator")"));
  EXPECT_EQ(verifier_.verify(token)->role, Role::kAnalyst);
  EXPECT_FALSE(verifier_.verify(token)->viewer);
  JwtVerifier other({kIssuer, "marquee", "x"}, clock_);
  other.set_keys(*parse_jwk_set(fmt::format(R"({{"keys":[{}]}})", issuer_.jwk())));
  EXPECT_EQ(other.verify(token)->role, Role::kOperator);
}

TEST_F(JwtTest, TakesNoOtherHeader) {
  const std::vector<std::string> wrong{
      R"({"alg":"none","kid":"ed"})",
      R"({"alg":"None","kid":"ed"})",
      R"({"alg":"nOnE","kid":"ed"})",
      R"({"kid":"ed"})",
      R"({"alg":["EdDSA"],"kid":"ed"})",
      R"({"alg":"HS256","kid":"ed"})",
      R"({"alg":"RS256","kid":"ed"})",
      R"({"alg":"ES256","kid":"ed"})",
      R"({"alg":"eddsa","kid":"ed"})",
      R"({"alg":"EdDSA"})",
      R"({"alg":"EdDSA","kid":""})",
      R"({"alg":"EdDSA","kid":"other"})",
      R"({"alg":"EdDSA","kid":["ed"]})",
      R"({"alg":"EdDSA","kid":"../../dev/null"})",
      R"({"alg":"EdDSA","kid":"' OR 1=1"})",
      R"({"alg":"EdDSA","kid":"ed","crit":["exp"]})",
      R"({"alg":"EdDSA","kid":"ed","jku":"http://evil.example/keys"})",
      R"({"alg":"EdDSA","kid":"ed","x5u":"http://evil.example/keys"})",
      R"({"alg":"EdDSA","kid":"ed","jwk":{"kty":"oct","k":"AA"}})",
      R"({"alg":"EdDSA","kid":"ed","typ":"id"})",
      R"({"alg":"EdDSA","kid":"ed","typ":1})",
      R"({"alg":"none","alg":"EdDSA","kid":"ed"})",
      "EdDSA",
      "",
      R"({"alg":"EdDSA","kid":")" + std::string(5'000, 'k') + R"("})"};
  for (const std::string& header : wrong) {
    EXPECT_FALSE(lets_in(issuer_.sign(header, claims()))) << header;
  }
}

TEST_F(JwtTest, TakesNoSignatureButTheRightOne) {
  const std::string good = issuer_.token(claims());
  const std::size_t dot = good.rfind('.');
  const std::string other = issuer_.token(claims(R"(,"role":"admin")"));
  const std::string zeros = base64url(std::string(64, '\0'));
  const std::string unsigned_text = good.substr(0, dot);
  for (const std::string& bad :
       {unsigned_text, unsigned_text + ".", good.substr(0, good.size() - 4), good + "AA",
        unsigned_text + other.substr(other.rfind('.')), unsigned_text + "." + zeros,
        other.substr(0, other.rfind('.')) + good.substr(dot), Issuer().token(claims()), good + ".x",
        "." + good, good + "=", good.substr(0, 10) + "\n" + good.substr(10), std::string("a.b.c.d"),
        std::string(".."), std::string(1'000'000, 'a'), " " + good}) {
    EXPECT_FALSE(lets_in(bad)) << bad.substr(0, 200);
  }
  std::string rsa(kRsaToken);
  std::string ec(kEcToken);
  EXPECT_FALSE(lets_in(ec.substr(0, ec.rfind('.') + 1) + zeros)) << "r = s = 0";
  rsa[rsa.size() - 20] = rsa[rsa.size() - 20] == 'A' ? 'B' : 'A';
  ec[ec.size() - 20] = ec[ec.size() - 20] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(lets_in(rsa));
  EXPECT_FALSE(lets_in(ec));
}

TEST_F(JwtTest, NeverTakesAPublicKeyForASharedSecret) {
  const std::string text = base64url(R"({"alg":"HS256","kid":"rsa"})") + "." + base64url(claims());
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(kRsaJwk.data()),
                              kRsaJwk.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()),
                                text.size());
  crypto_auth_hmacsha256_final(&state, mac.data());
  EXPECT_FALSE(
      lets_in(text + "." + base64url({reinterpret_cast<const char*>(mac.data()), mac.size()})));
}

RC_GTEST_FIXTURE_PROP(JwtTest, SurvivesEveryText, (const std::string& noise)) {
  RC_ASSERT(!lets_in(noise));
  RC_ASSERT(!lets_in(noise + "." + noise + "." + noise));
  RC_ASSERT(!lets_in(issuer_.sign(noise, claims())));
  RC_ASSERT(!lets_in(issuer_.token(noise)));
}

TEST(JwkSet, LeavesOutWhatMustNotCheckSignatures) {
  const std::string good = Issuer().jwk();
  const std::vector<std::string> bad{
      R"({"kty":"oct","kid":"o","k":"AAAA"})",
      R"({"kty":"OKP","crv":"X25519","kid":"a","x":"AAAA"})",
      R"({"kty":"OKP","crv":"Ed25519","kid":"b","x":"AAAA"})",
      R"({"kty":"OKP","crv":"Ed25519","kid":"c","x":5})",
      R"({"kty":"EC","crv":"P-256","kid":"d","x":"AAAA","y":"AAAA"})",
      R"({"kty":"EC","crv":"P-384","kid":"e","x":"AAAA","y":"AAAA"})",
      R"({"kty":"RSA","kid":"f","n":"AAAA","e":"AQAB"})",
      R"({"kty":"RSA","kid":"g","n":"","e":""})",
      std::string(kSmallRsaJwk),
      R"({"kty":"EC","kid":"h"})",
      R"({"kid":"i"})",
      "5",
      "{}"};
  for (const std::string& jwk : bad) {
    const auto set = parse_jwk_set(R"({"keys":[)" + jwk + "," + good + "]}");
    ASSERT_TRUE(set.ok()) << jwk;
    EXPECT_EQ(set->size(), 1U) << jwk;
    EXPECT_FALSE(parse_jwk_set(R"({"keys":[)" + jwk + "]}").ok()) << jwk;
  }
}

TEST(JwkSet, LeavesOutKeysForOtherUsesAndRefusesANameTwice) {
  const std::string good = Issuer().jwk();
  for (const char* more :
       {R"("use":"enc",)", R"("alg":"HS256",)", R"("alg":"ES256",)", R"("use":1,)"}) {
    std::string jwk = good;
    jwk.insert(1, more);
    EXPECT_FALSE(parse_jwk_set(R"({"keys":[)" + jwk + "]}").ok()) << jwk;
  }
  EXPECT_FALSE(parse_jwk_set(R"({"keys":[)" + good + "," + Issuer().jwk() + "]}").ok());
  for (const char* text : {"", "{", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})", "null"}) {
    EXPECT_FALSE(parse_jwk_set(text).ok()) << text;
  }
}

}  // namespace
}  // namespace marquee::identity
