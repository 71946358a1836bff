#include "adapters/s3/s3_runtime.h"
#include "app/command_line/command_line.h"

int main(int argc, char** argv) {
  const marquee::s3::S3Runtime until_the_end;
  return marquee::app::run_command_line(argc, argv);
}
