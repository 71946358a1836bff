#include "base/tls_files.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/temporary_directory.h"

namespace marquee {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kCertificate =
    "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
constexpr const char* kKey = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";

class TlsFilesTest : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) const {
    const auto path = directory_.path() / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  static std::string refusal(const TlsFiles& files) {
    const auto checked = files.check();
    if (checked.ok()) return "taken";
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(checked.error().message, Not(HasSubstr("c2VjcmV0"))) << "the key itself";
    EXPECT_THAT(checked.error().message, Not(HasSubstr("\n")));
    return checked.error().message;
  }

  const testing::TemporaryDirectory directory_;
};

TEST_F(TlsFilesTest, NoneAreNeeded) {
  EXPECT_EQ(refusal({}), "taken");
  EXPECT_TRUE(TlsFiles{}.empty());
}

TEST_F(TlsFilesTest, TakesFilesThatHaveWhatTheyShould) {
  const std::string certificate = write("c.pem", kCertificate);
  EXPECT_EQ(refusal({certificate, "", ""}), "taken");
  EXPECT_EQ(refusal({"", certificate, write("k.pem", kKey)}), "taken");
  EXPECT_EQ(
      refusal({write("many.pem", std::string("# mine\n") + kCertificate + kCertificate), "", ""}),
      "taken");
}

TEST_F(TlsFilesTest, NamesParameterAndFileOfWhatIsNotThere) {
  const std::string gone = (directory_.path() / "gone.pem").string();
  EXPECT_THAT(refusal({gone, "", ""}),
              AllOf(HasSubstr("'ca_file'"), HasSubstr(gone), HasSubstr("No such file")));
  EXPECT_THAT(refusal({"", gone, gone}), HasSubstr("'cert_file'"));
  EXPECT_THAT(refusal({"", write("c.pem", kCertificate), gone}), HasSubstr("'key_file'"));
}

TEST_F(TlsFilesTest, ADirectoryOrAnEmptyFileIsNoCertificate) {
  EXPECT_THAT(refusal({directory_.path().string(), "", ""}), HasSubstr("'ca_file'"));
  EXPECT_THAT(refusal({write("empty.pem", ""), "", ""}), HasSubstr("no certificate"));
}

TEST_F(TlsFilesTest, AKeyInPlaceOfACertificateIsRefusedWithoutBeingShown) {
  EXPECT_THAT(refusal({write("k.pem", kKey), "", ""}), HasSubstr("no certificate"));
  const std::string certificate = write("c.pem", kCertificate);
  EXPECT_THAT(refusal({"", certificate, certificate}), HasSubstr("no private key"));
}

TEST_F(TlsFilesTest, AKeyBehindAPassphraseIsRefused) {
  const std::string locked = write("k.pem",
                                   "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n"
                                   "-----END ENCRYPTED PRIVATE KEY-----\n");
  EXPECT_THAT(refusal({"", write("c.pem", kCertificate), locked}), HasSubstr("passphrase"));
}

TEST_F(TlsFilesTest, CertificateAndKeyGoTogether) {
  EXPECT_THAT(refusal({"", "c.pem", ""}), HasSubstr("'key_file'"));
  EXPECT_THAT(refusal({"", "", "k.pem"}), HasSubstr("'cert_file'"));
}

}  // namespace
}  // namespace marquee
